import { expect, it } from 'vitest';
import { listChanges } from '../../src/changes/list-changes.js';
import { writeCatalog } from '../../src/changes/write-catalog.js';
import type { Actor } from '../../src/context.js';
import { query } from '../../src/storage/sql.js';
import { openTestStorage } from '../support/test-storage.js';

const clock = { now: () => new Date('2026-01-02T03:04:05.678Z') };

function anActor(tenant: string): Actor {
  return {
    tenant,
    app: 'app',
    subject: null,
    scopes: new Set(['catalog:read', 'catalog:write']),
    expiresAt: null,
  };
}

it('numbers the changes of concurrent writers without a gap, in commit order, per tenant', async () => {
  await using storage = await openTestStorage();
  const write = (tenant: string) =>
    writeCatalog({ em: storage.fork(), actor: anActor(tenant), clock }, ({ record }) =>
      record({ kind: 'TOOLS_ASSIGNED', agentIds: ['b', 'a'] }),
    );
  const writers = Array.from({ length: 40 }, (_, index) => write(index % 2 ? 'one' : 'two'));
  await Promise.all(writers);
  for (const tenant of ['one', 'two']) {
    const ctx = { em: storage.fork(), actor: anActor(tenant) };
    const changes = await listChanges(ctx, { after: '0' });
    expect(changes.map(({ revision }) => Number(revision))).toEqual(
      Array.from({ length: 20 }, (_, index) => index + 1),
    );
    expect(changes[0]).toMatchObject({ agentIds: ['a', 'b'], at: clock.now() });
  }
});

it('takes no revision when the work fails', async () => {
  await using storage = await openTestStorage();
  const ctx = { em: storage.fork(), actor: anActor('one'), clock };
  const failing = writeCatalog(ctx, async ({ record }) => {
    await record({ kind: 'API_SYNCED' });
    throw new Error('half-way');
  });
  await expect(failing).rejects.toThrow('half-way');
  const revision = await writeCatalog(ctx, ({ record }) => record({ kind: 'API_SYNCED' }));
  expect(revision).toBe('1');
});

it('never runs a statement of one request inside the transaction of another', async () => {
  await using storage = await openTestStorage();
  const seen: unknown[] = [];
  await storage
    .fork()
    .transactional(async (em) => {
      await query(em, `insert into catalog_revisions values ('open', 1)`);
      const outside = query(storage.fork(), 'select count(*)::int as count from catalog_revisions');
      const settled = outside.then((rows) => seen.push(rows));
      await query(em, 'select 1');
      throw Object.assign(new Error('undone'), { settled });
    })
    .catch((error: Error & { settled?: Promise<unknown> }) => error.settled);
  expect(seen).toEqual([[{ count: 0 }]]);
});
