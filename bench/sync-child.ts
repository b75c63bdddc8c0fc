import { hash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createApp } from '../src/app.js';
import { syncApi } from '../src/catalog/sync-api.js';
import { loadConfig } from '../src/config.js';
import { scopes } from '../src/context.js';
import { query } from '../src/storage/sql.js';
import { changeOneOperation } from './change-document.js';
import { median } from './numbers.js';
import { answer, childArgument } from './run-child.js';

export type SyncTask = { path: string; env: Record<string, string>; rounds: number };

export type SyncTimes = {
  endpoints: number;
  /** The first sync of the process: the parser thread starts, nothing is compiled yet. */
  firstMs: number;
  createdMs: number;
  /** One operation of the document differs. */
  changedMs: number;
  updated: number;
  unchangedMs: number;
  /** SHA-256 of the body and one row by an indexed query. */
  hashMs: number;
  queryMs: number;
  /** Of an unchanged sync to hash and query, round by round. */
  unchangedRatio: number;
  /** Largest resident size on top of that of the idle app. */
  peakBytes: number;
};

const tenant = 'bench';
const app = 'bench';

async function main(): Promise<void> {
  const { path, env, rounds } = childArgument<SyncTask>();
  await using application = await createApp(loadConfig({ ...env, LOG_LEVEL: 'SILENT' }));
  const { ports } = application;
  const body = readFileSync(path);
  const changed = changeOneOperation(body);
  const context = (): Parameters<typeof syncApi>[0] => ({
    ...ports,
    actor: {
      tenant,
      app,
      subject: null,
      scopes: new Set(Object.values(scopes)),
      expiresAt: null,
    },
    em: ports.storage.fork(),
  });
  const sync = async (name: string, text: Buffer<ArrayBuffer>) => {
    const result = await syncApi(context(), { source: { text }, name });
    if (result.conflict) throw new Error(result.conflict.message);
    return result;
  };

  globalThis.gc?.();
  const idle = process.memoryUsage().rss;
  const first = await timed(() => sync('first', body));
  const created: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    created.push((await timed(() => sync(`round ${round}`, body))).ms);
  }
  const peakBytes = process.resourceUsage().maxRSS * 1024 - idle;

  const updates: number[] = [];
  let updated = 0;
  for (let round = 0; round < rounds; round += 1) {
    const { ms, result } = await timed(() => sync('first', round % 2 === 0 ? changed : body));
    updates.push(ms);
    updated = result.endpointsUpdated;
  }
  const unchanged = await measureUnchanged({
    sync: () => sync('round 0', body),
    hashOnly: () => hash('sha256', body),
    queryOnly: (contentHash) =>
      query(
        context().em,
        'select id from apis where tenant_id = $1 and app_id = $2 and name = $3 and content_hash = $4',
        [tenant, app, 'round 0', contentHash],
      ),
  });
  await answer({
    endpoints: first.result.endpointsAdded,
    firstMs: first.ms,
    createdMs: median(created),
    changedMs: median(updates),
    updated,
    ...unchanged,
    peakBytes,
  } satisfies SyncTimes);
}

async function measureUnchanged(steps: {
  sync(): Promise<{ outcome: string }>;
  hashOnly(): string;
  queryOnly(contentHash: string): Promise<unknown[]>;
}) {
  const rounds: { ms: number; hashMs: number; queryMs: number }[] = [];
  for (let round = 0; round < 60; round += 1) {
    const hashed = await timed(async () => steps.hashOnly());
    const found = await timed(() => steps.queryOnly(hashed.result));
    if (found.result.length !== 1) throw new Error('the indexed query found no row');
    const { ms, result } = await timed(() => steps.sync());
    if (result.outcome !== 'UNCHANGED') throw new Error(`the outcome was ${result.outcome}`);
    // The first rounds warm up.
    if (round >= 20) rounds.push({ ms, hashMs: hashed.ms, queryMs: found.ms });
  }
  return {
    unchangedMs: median(rounds.map(({ ms }) => ms)),
    hashMs: median(rounds.map(({ hashMs }) => hashMs)),
    queryMs: median(rounds.map(({ queryMs }) => queryMs)),
    unchangedRatio: median(rounds.map(({ ms, hashMs, queryMs }) => ms / (hashMs + queryMs))),
  };
}

async function timed<T>(work: () => Promise<T>): Promise<{ ms: number; result: T }> {
  const started = performance.now();
  const result = await work();
  return { ms: performance.now() - started, result };
}

await main();
