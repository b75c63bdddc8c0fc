import { afterEach, beforeEach, expect, test } from 'vitest';
import type { ChangeFeed } from '../../src/changes/change-feed.js';
import { createChangeFeed } from '../../src/changes/create-change-feed.js';
import type { CatalogChangeRow } from '../../src/changes/read-log.js';
import { trimLog } from '../../src/changes/trim-log.js';
import { writeCatalog } from '../../src/changes/write-catalog.js';
import { createLogger } from '../../src/logger.js';
import type { Storage } from '../../src/storage/open-storage.js';
import { query } from '../../src/storage/sql.js';
import { openTestStorage } from '../support/test-storage.js';

const logger = createLogger({ level: 'silent' });
const actor = (tenant: string) => ({
  ...{ tenant, app: 'shop', subject: null, expiresAt: null },
  scopes: new Set(['catalog:read', 'catalog:write']),
});

let storage: Storage;
let feed: ChangeFeed;

beforeEach(async () => {
  storage = await openTestStorage();
  feed = openFeed();
});

afterEach(async () => {
  await feed[Symbol.asyncDispose]();
  await storage[Symbol.asyncDispose]();
});

function openFeed(settings = { checkMs: 60_000, maxLag: 100 }): ChangeFeed {
  return createChangeFeed({
    ...{ logger, settings },
    fork: () => storage.fork(),
    listen: storage.listen,
  });
}

let now = new Date('2026-01-01T00:00:00Z');

function write(agentIds: string[] = [], tenant = 'acme'): Promise<string> {
  const ctx = { em: storage.fork(), actor: actor(tenant), clock: { now: () => now } };
  return writeCatalog(ctx, ({ record }) => record({ kind: 'TOOLS_ASSIGNED', agentIds }));
}

async function writeMany(count: number, agentIds?: string[]): Promise<void> {
  for (let index = 0; index < count; index += 1) await write(agentIds);
}

async function take(
  changes: AsyncIterator<CatalogChangeRow>,
  count: number,
): Promise<CatalogChangeRow[]> {
  const taken: CatalogChangeRow[] = [];
  while (taken.length < count) {
    const { value, done } = await changes.next();
    if (done) break;
    taken.push(value);
  }
  return taken;
}

const revisionsOf = (changes: readonly CatalogChangeRow[]) =>
  changes.map(({ revision }) => revision);
const upTo = (last: number, first = 1) =>
  Array.from({ length: last - first + 1 }, (_, index) => String(first + index));

/** Starts to follow now: what is written before it is waiting is not for it. */
async function followLive(options: Partial<Parameters<ChangeFeed['follow']>[1]> = {}) {
  const after = await feed.revisionOf('acme');
  return feed.follow('acme', { after, ...options });
}

test('changes arrive as they are committed, in order', async () => {
  const changes = await followLive();
  const taken = take(changes, 5);
  await writeMany(5);
  expect(revisionsOf(await taken)).toEqual(upTo(5));
  await changes.return?.();
});

test('who says after gets what it missed first, without a gap to what comes next', async () => {
  await writeMany(1203);
  const changes = feed.follow('acme', { after: '3' });
  expect(revisionsOf(await take(changes, 700))).toEqual(upTo(703, 4));
  await writeMany(20);
  expect(revisionsOf(await take(changes, 520))).toEqual(upTo(1223, 704));
  await changes.return?.();
});

test('who says no revision gets only what is written from now on', async () => {
  await writeMany(3);
  const changes = feed.follow('acme', { after: null });
  const first = changes.next();
  // Its log is read when the known revision is there.
  await feed.revisionOf('acme');
  let isTaken = false;
  void first.then(() => {
    isTaken = true;
  });
  while (!isTaken) await write();
  expect(Number((await first).value.revision)).toBeGreaterThan(3);
  await changes.return?.();
});

test('with an agent only the changes of its tools arrive, missed and live', async () => {
  await write(['atlas']);
  await write(['hermes']);
  await write(['atlas', 'hermes']);
  const changes = feed.follow('acme', { after: '0', agentId: 'hermes' });
  expect(revisionsOf(await take(changes, 2))).toEqual(['2', '3']);
  const next = take(changes, 2);
  await write(['atlas']);
  await write(['hermes']);
  await write();
  await write(['hermes']);
  expect(revisionsOf(await next)).toEqual(['5', '7']);
  await changes.return?.();
});

test('another tenant’s changes never arrive', async () => {
  const changes = await followLive();
  const next = take(changes, 1);
  await write(['atlas'], 'globex');
  await write(['atlas'], 'acme');
  expect(await next).toMatchObject([{ tenantId: 'acme', revision: '1' }]);
  await changes.return?.();
});

test('all who follow get the same objects', async () => {
  const one = await followLive();
  const other = await followLive();
  const taken = Promise.all([take(one, 2), take(other, 2)]);
  await writeMany(2);
  const [ofOne, ofOther] = await taken;
  expect(ofOne[0]).toBe(ofOther[0]);
  expect(ofOne[1]).toBe(ofOther[1]);
  await Promise.all([one.return?.(), other.return?.()]);
});

test('return ends one that waits', async () => {
  const changes = await followLive();
  const waiting = changes.next();
  await changes.return?.();
  expect(await waiting).toEqual({ done: true, value: undefined });
  expect(await changes.next()).toEqual({ done: true, value: undefined });
});

test('disposing the feed ends all who follow', async () => {
  const changes = await followLive();
  const waiting = changes.next();
  await feed[Symbol.asyncDispose]();
  expect((await waiting).done).toBe(true);
});

test('who lags too far behind is told where to resume, and others are not delayed', async () => {
  const slow = await followLive();
  const quick = await followLive();
  const first = Promise.all([take(slow, 1), take(quick, 1)]);
  await write();
  await first;
  for (let index = 0; index < 150; index += 1) {
    const next = take(quick, 1);
    const revision = await write();
    expect(revisionsOf(await next)).toEqual([revision]);
  }
  await expect(slow.next()).rejects.toMatchObject({
    code: 'LIMIT_EXCEEDED',
    details: { reason: 'SLOW_SUBSCRIBER', resumeAfter: '1' },
  });
  const resumed = feed.follow('acme', { after: '1' });
  expect(revisionsOf(await take(resumed, 150))).toEqual(upTo(151, 2));
  await Promise.all([quick.return?.(), resumed.return?.()]);
});

test('a revision that has not happened is refused with the newest one', async () => {
  await writeMany(2);
  await expect(feed.follow('acme', { after: '3' }).next()).rejects.toMatchObject({
    code: 'CONFLICT',
    details: { reason: 'REVISION_UNKNOWN', newest: '2' },
  });
});

test('who comes from before the log is told to reload; later ones are served', async () => {
  now = new Date('2026-01-01T00:00:00Z');
  await writeMany(4);
  now = new Date('2026-02-15T00:00:00Z');
  await writeMany(2);
  const parts = { fork: () => storage.fork(), clock: { now: () => now }, logger };
  expect(await trimLog({ ...parts, settings: { retentionDays: 0 } })).toBe(0);
  expect(await trimLog({ ...parts, settings: { retentionDays: 30 } })).toBe(4);
  expect(await trimLog({ ...parts, settings: { retentionDays: 30 } })).toBe(0);
  await expect(feed.follow('acme', { after: '3' }).next()).rejects.toMatchObject({
    code: 'CONFLICT',
    details: { reason: 'REVISION_GONE', oldestAfter: '4' },
  });
  expect(revisionsOf(await take(feed.follow('acme', { after: '4' }), 2))).toEqual(['5', '6']);
});

test('a thousand who start while changes are written see no gap and no repeat', async () => {
  await write();
  let isWriting = true;
  const writing = (async () => {
    while (isWriting) await write();
  })();
  for (let round = 0; round < 100; round += 1) {
    await Promise.all(
      Array.from({ length: 10 }, async () => {
        const newest = Number(await feed.revisionOf('acme'));
        const after = Math.floor(Math.random() * (newest + 1));
        const changes = feed.follow('acme', { after: String(after) });
        const count = Math.min(newest - after, 30) + 2;
        expect(revisionsOf(await take(changes, count))).toEqual(upTo(after + count, after + 1));
        await changes.return?.();
      }),
    );
  }
  isWriting = false;
  await writing;
}, 120_000);

test('a log that cannot be read is told to who asks, and can be followed later', async () => {
  await write();
  await query(storage.fork(), 'alter table catalog_revisions rename to hidden');
  await expect(feed.follow('acme', { after: '0' }).next()).rejects.toThrow('catalog_revisions');
  await query(storage.fork(), 'alter table hidden rename to catalog_revisions');
  expect(revisionsOf(await take(feed.follow('acme', { after: '0' }), 1))).toEqual(['1']);
});
