import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generateFernetKey } from '../src/credentials/fernet.js';
import { createDatabase, createTemplate, startPostgres } from '../test/support/postgres.js';
import type { BenchDocument } from './documents.js';
import { formatMs, formatRatio } from './numbers.js';
import { type ChildFailure, isFailure, runChild } from './run-child.js';
import type { SyncTask, SyncTimes } from './sync-child.js';
import type { Table } from './table.js';

type Row = { document: BenchDocument; times: SyncTimes | ChildFailure };

/** Times of an unchanged sync to hashing the body and one indexed query. */
const unchangedAim = 1.5;

export async function measureSyncs(documents: BenchDocument[], rounds: number): Promise<Table[]> {
  const secret = { CREDENTIAL_SECRET: generateFernetKey() };
  const embedded: Row[] = [];
  for (const document of documents) {
    console.error(`syncing ${document.name} into PGlite`);
    const dir = await mkdtemp(join(tmpdir(), 'toolgraph-bench-'));
    const env = { ...secret, DATA_DIR: dir };
    embedded.push({ document, times: await runSync({ path: document.path, env, rounds }) });
    await rm(dir, { recursive: true, force: true });
  }
  await using server = await startPostgres();
  await createTemplate(server.url);
  const postgres: Row[] = [];
  for (const document of documents) {
    console.error(`syncing ${document.name} into PostgreSQL`);
    const env = { ...secret, DATABASE_URL: await createDatabase(server.url) };
    postgres.push({ document, times: await runSync({ path: document.path, env, rounds }) });
  }
  return [toTable('PGlite (embedded, on disk)', embedded), toTable('PostgreSQL', postgres)];
}

function runSync(task: SyncTask): Promise<SyncTimes | ChildFailure> {
  return runChild<SyncTimes>('./sync-child.js', task);
}

function toTable(database: string, rows: Row[]): Table {
  const missed = rows.filter(
    ({ times }) => isFailure(times) || !(times.unchangedRatio <= unchangedAim),
  );
  const names = missed.map(({ document }) => document.name).join(', ');
  const aim = `Aim "an unchanged sync within ${unchangedAim} times hash and query"`;
  return {
    title: `Sync into ${database}`,
    columns: [
      'ms',
      'endpoints',
      'first',
      'new',
      'one changed',
      'unchanged',
      'hash',
      'query',
      '× hash + query',
      'peak MB',
    ],
    rows: rows.map(({ document, times }) => [document.name, ...cells(times)]),
    notes: [
      'The `syncApi` verb, parser thread and transaction included. "first" is the first sync of a process; the others are medians of a warm one. "peak MB" is on top of the idle process.',
      ...rows.flatMap(({ document, times }) =>
        isFailure(times) ? [`${document.name}: ${times.failure}`] : [],
      ),
      missed.length === 0 ? `${aim}: met by every document.` : `${aim}: missed by ${names}.`,
    ],
  };
}

function cells(times: SyncTimes | ChildFailure): string[] {
  if (isFailure(times)) return ['fails'];
  const { endpoints, firstMs, createdMs, changedMs, unchangedMs, hashMs, queryMs } = times;
  return [
    String(endpoints),
    ...[firstMs, createdMs, changedMs, unchangedMs, hashMs, queryMs].map(formatMs),
    formatRatio(times.unchangedRatio),
    (times.peakBytes / 1e6).toFixed(0),
  ];
}
