import { calls } from './calls.js';
import { execute } from './execute.js';
import { har } from './har-differences.js';
import { ingest } from './ingest.js';
import { live } from './live.js';
import { mcp } from './mcp.js';
import { reads } from './reads.js';
import { search } from './search.js';
import { stall } from './stall.js';
import { worker } from './worker.js';

const benches: Record<string, { run(args: string[]): Promise<void>; about: string }> = {
  calls: { run: calls, about: 'what a call adds to asking its upstream directly' },
  execute: {
    run: execute,
    about: 'the execution of GraphQL operations, beside graphql-jit and graphql-js',
  },
  har: {
    run: har,
    about: 'the requests that oas-to-har plans for the same operations and arguments',
  },
  ingest: {
    run: ingest,
    about: 'documents to tools beside other packages, and syncs into both databases',
  },
  reads: {
    run: reads,
    about:
      "agents' tools and lists of endpoints, beside Apollo Server, PostGraphile and plain bytes",
  },
  live: {
    run: live,
    about: 'how soon a change reaches subscribers, and what they cost, beside a bare broadcast',
  },
  mcp: {
    run: mcp,
    about: 'what a tool of an MCP server costs more through an agent than directly',
  },
  search: {
    run: search,
    about: 'how well and how fast tools are found, beside MiniSearch and plain ts_rank',
  },
  stall: { run: stall, about: 'how long others wait for the server while it syncs' },
  worker: {
    run: worker,
    about: 'delegated calls over Redis Streams, beside BullMQ doing the same requests',
  },
};

const [name = '', ...args] = process.argv.slice(2);
const bench = Object.hasOwn(benches, name) ? benches[name] : undefined;
if (bench) {
  await bench.run(args);
} else {
  if (name) console.error(`There is no benchmark "${name}".`);
  console.error('npm run bench -- <name>, where <name> is one of');
  for (const [key, { about }] of Object.entries(benches)) console.error(`  ${key}: ${about}`);
  process.exitCode = name ? 1 : 0;
}
