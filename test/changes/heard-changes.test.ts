import { afterAll, afterEach, beforeAll, beforeEach, expect, inject, test } from 'vitest';
import type { ChangeFeed } from '../../src/changes/change-feed.js';
import { createChangeFeed } from '../../src/changes/create-change-feed.js';
import { writeCatalog } from '../../src/changes/write-catalog.js';
import { createLogger } from '../../src/logger.js';
import { openStorage, type Storage } from '../../src/storage/open-storage.js';
import { query } from '../../src/storage/sql.js';
import { createEmptyDatabase, type PostgresServer, startPostgres } from '../support/postgres.js';

const logger = createLogger({ level: 'silent' });
let server: PostgresServer | null = null;
let writing: Storage;
let hearing: Storage;
let feed: ChangeFeed;

beforeAll(async () => {
  if (!inject('postgresUrl')) server = await startPostgres();
});

afterAll(() => server?.[Symbol.asyncDispose]());

beforeEach(async () => {
  const url = await createEmptyDatabase(inject('postgresUrl') || (server?.url ?? ''));
  writing = await openStorage({ driver: 'postgres', url });
  await writing.migrate();
  hearing = await openStorage({ driver: 'postgres', url });
});

afterEach(async () => {
  await feed[Symbol.asyncDispose]();
  await writing[Symbol.asyncDispose]();
  await hearing[Symbol.asyncDispose]();
});

/** A feed of a process that does not write itself: it hears of changes by notification alone. */
async function openFeed(checkMs: number): Promise<void> {
  const { listen } = hearing;
  feed = createChangeFeed({
    ...{ logger, listen, settings: { checkMs, maxLag: 1000 } },
    fork: () => hearing.fork(),
  });
  await listeners(1);
}

function write(tenant = 'acme'): Promise<string> {
  const actor = {
    ...{ tenant, app: 'shop', subject: null, expiresAt: null },
    scopes: new Set(['catalog:read', 'catalog:write']),
  };
  const ctx = { em: writing.fork(), actor, clock: { now: () => new Date() } };
  return writeCatalog(ctx, ({ record }) => record({ kind: 'API_SYNCED' }));
}

/** Waits until so many connections listen; their process ids. */
async function listeners(count: number): Promise<number[]> {
  for (;;) {
    const rows = await query<{ pid: number }>(
      writing.fork(),
      `select pid from pg_stat_activity where datname = current_database() and state = 'idle'
       and application_name = 'toolgraph listener' and query in ('listen "catalog_changed"', 'select 1')`,
    );
    if (rows.length === count) return rows.map(({ pid }) => pid);
  }
}

async function cutListener(): Promise<number> {
  const [pid] = await listeners(1);
  await query(writing.fork(), 'select pg_terminate_backend($1::int)', [pid]);
  return pid ?? 0;
}

test('a change that another process commits is heard of at once', async () => {
  await openFeed(600_000);
  expect(await feed.revisionOf('acme')).toBe('0');
  const changes = feed.follow('acme', { after: '0' });
  const next = changes.next();
  await write('globex');
  await write();
  expect((await next).value).toMatchObject({ tenantId: 'acme', revision: '1' });
  expect(await feed.revisionOf('acme')).toBe('1');
  await changes.return?.();
});

test('a notification that is lost is made good by the next look at the log', async () => {
  await openFeed(200);
  const changes = feed.follow('acme', { after: '0' });
  const next = changes.next();
  await write();
  await next;
  const second = changes.next();
  await query(
    writing.fork(),
    `with next as (update catalog_revisions set revision = 2 where tenant_id = 'acme')
     insert into catalog_changes (tenant_id, revision, kind, at, agent_ids)
     values ('acme', 2, 'API_SYNCED', now(), '{}')`,
  );
  expect((await second).value).toMatchObject({ revision: '2' });
  await changes.return?.();
});

test('a listener whose connection is cut comes back, and catches up', async () => {
  await openFeed(600_000);
  const changes = feed.follow('acme', { after: '0' });
  for (let round = 1; round <= 5; round += 1) {
    const cut = await cutListener();
    await write();
    await write();
    expect((await changes.next()).value).toMatchObject({ revision: String(2 * round - 1) });
    expect((await changes.next()).value).toMatchObject({ revision: String(2 * round) });
    expect(await listeners(1)).not.toEqual([cut]);
  }
  await changes.return?.();
});

test('nothing is remembered while nobody is heard', async () => {
  await openFeed(600_000);
  await write();
  expect(await feed.revisionOf('acme')).toBe('1');
  await cutListener();
  // The cut may not have been noticed yet; a change that is asked for until it shows must show.
  await write();
  while ((await feed.revisionOf('acme')) !== '2');
  await listeners(1);
  await write();
  while ((await feed.revisionOf('acme')) !== '3');
});
