import { parseArgs } from 'node:util';
import { buildSchema, type ExecutionResult, execute as executePlain, parse } from 'graphql';
import { createExecutor } from '../src/transports/graphql/compiled/create-executor.js';
import { catalogData, catalogSchema, queries, withResolvers } from './execute-cases.js';
import { formatRatio, median } from './numbers.js';
import { installPeers, loadGraphqlJit, peerVersion } from './peers.js';
import { report, versionOf } from './report.js';
import type { Table } from './table.js';

type Contender = {
  name: string;
  /** The answer as the text that is sent. */
  run(query: string): () => Promise<string>;
};

const data = catalogData();
const variableValues = {};
const toText = async (result: ExecutionResult | Promise<ExecutionResult>) =>
  JSON.stringify(await result);

/** How many operations a second are executed by our own compiler, by graphql-jit and by graphql-js, on data in memory. */
export async function execute(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      rounds: { type: 'string', default: '7' },
      'round-ms': { type: 'string', default: '500' },
      write: { type: 'boolean', default: false },
    },
  });
  const missing = installPeers();
  const contenders = [ours(), plain(), ...(missing ? [] : [await jit()])];
  const tables: Table[] = [];
  for (const { name, query } of queries) {
    console.error(`executing: ${name}`);
    const runs = contenders.map((contender) => contender.run(query));
    const answers = await Promise.all(runs.map((run) => run()));
    if (new Set(answers).size !== 1) throw new Error(`The answers to "${name}" differ.`);
    const rates: number[][] = contenders.map(() => []);
    for (let round = 0; round <= Number(values.rounds); round += 1) {
      for (const [at, run] of runs.entries()) {
        const rate = await measure(run, Number(values['round-ms']));
        // The first round warms up.
        if (round > 0) rates[at]?.push(rate);
      }
    }
    tables.push(toTable(name, contenders, rates));
  }
  await report('Execute', tables, {
    command: 'npm run bench -- execute',
    versions: `graphql ${versionOf('graphql')}, ${missing ?? `graphql-jit ${peerVersion('graphql-jit')}`}`,
    isKept: values.write,
  });
}

function ours(): Contender {
  const schema = withResolvers(buildSchema(catalogSchema));
  const executor = createExecutor(schema, { isCompiled: true, hideSuggestions: false });
  return {
    name: 'Toolgraph',
    run: (query) => {
      const document = parse(query);
      return () =>
        toText(executor({ document, contextValue: null, rootValue: data, variableValues }));
    },
  };
}

function plain(): Contender {
  const schema = withResolvers(buildSchema(catalogSchema));
  return {
    name: 'graphql-js',
    run: (query) => {
      const document = parse(query);
      return () => toText(executePlain({ schema, document, rootValue: data }));
    },
  };
}

/** As it is without settings; it writes answers as `JSON.stringify` does. */
async function jit(): Promise<Contender> {
  const { graphql, compileQuery } = await loadGraphqlJit();
  const schema = withResolvers(graphql.buildSchema(catalogSchema));
  return {
    name: 'graphql-jit',
    run: (query) => {
      const compiled = compileQuery(schema, graphql.parse(query));
      return () => toText(compiled.query(data, null, variableValues));
    },
  };
}

async function measure(run: () => Promise<string>, ms: number): Promise<number> {
  const started = performance.now();
  let count = 0;
  while (performance.now() - started < ms) {
    await run();
    count += 1;
  }
  return (count * 1000) / (performance.now() - started);
}

function toTable(name: string, contenders: Contender[], rates: number[][]): Table {
  const ofOurs = rates[0] ?? [];
  return {
    title: name,
    columns: ['operations a second', 'median', 'lowest', 'highest', 'Toolgraph : it'],
    rows: contenders.map((contender, at) => {
      const own = rates[at] ?? [];
      const ratios = own.map((rate, round) => (ofOurs[round] ?? Number.NaN) / rate);
      const shown = [median(own), Math.min(...own), Math.max(...own)].map((rate) =>
        rate.toFixed(rate < 100 ? 1 : 0),
      );
      return [contender.name, ...shown, formatRatio(median(ratios))];
    }),
    notes: [
      'Rounds in turns in one process: a parsed operation is executed and its answer made a text, which was the same for all. The ratio is the median over the rounds.',
    ],
  };
}
