import { afterAll, beforeAll, expect, it } from 'vitest';
import { createLogger } from '../../../src/logger.js';
import type { Storage } from '../../../src/storage/open-storage.js';
import { query } from '../../../src/storage/sql.js';
import { createEventLog } from '../../../src/transports/mcp/event-log.js';
import { createReplicaSignals } from '../../../src/transports/mcp/replica-signals.js';
import {
  createSessionStore,
  maxSessionsPerAgent,
} from '../../../src/transports/mcp/session-store.js';
import { sweepSessions } from '../../../src/transports/mcp/sweep-sessions.js';
import { openTestStorage } from '../../support/test-storage.js';

let storage: Storage;
beforeAll(async () => {
  storage = await openTestStorage();
});
afterAll(() => storage[Symbol.asyncDispose]());

let now = new Date('2026-01-01T00:00:00Z');
const clock = { now: () => now };
const pass = (minutes: number) => {
  now = new Date(now.getTime() + minutes * 60_000);
};
const actor = {
  ...{ tenant: 'acme', app: 'shop', subject: null, expiresAt: null },
  scopes: new Set<string>(),
};
const agreed = { agentId: 'atlas', protocolVersion: '2025-11-25', client: {} };

/** What one replica knows. */
function aStore() {
  const signals = createReplicaSignals(
    { ...storage, listen: null },
    createLogger({ level: 'silent' }),
  );
  return createSessionStore({ storage, clock, signals });
}

it('a session lives as long as it is used', async () => {
  const store = aStore();
  const { id } = await store.begin(actor, agreed);
  for (let round = 0; round < 3; round += 1) {
    pass(59);
    await sweepSessions({ storage, clock });
    expect(await store.find(actor, 'atlas', id)).toMatchObject({ id });
  }
  pass(61);
  expect(await store.find(actor, 'atlas', id)).toBeNull();
  await sweepSessions({ storage, clock });
  expect(await query(storage.fork(), 'select 1 from mcp_sessions')).toEqual([]);
});

it('what was sent is kept for an hour', async () => {
  const store = aStore();
  const log = createEventLog({ storage, clock });
  const { id } = await store.begin(actor, agreed);
  const writer = log.open({ id, tenant: 'acme' });
  const first = await writer.append('', false);
  const last = await writer.append('{"id":1}', true);
  expect(await log.findStream(id, first)).toEqual({ streamId: writer.streamId, at: now });
  expect(await log.readAfter(id, writer.streamId, first)).toEqual([
    { id: last, text: '{"id":1}', isLast: true },
  ]);
  expect(await log.findStream(crypto.randomUUID(), first)).toBeNull();
  for (const strange of ['r-1', 'c-', 'c-x', `c-${'9'.repeat(30)}`]) {
    expect(await log.findStream(id, strange)).toBeNull();
  }
  pass(61);
  await sweepSessions({ storage, clock });
  expect(await log.findStream(id, first)).toBeNull();
});

it('a level of log messages is known to replicas that ask anew', async () => {
  const [one, other] = [aStore(), aStore()];
  const session = await one.begin(actor, agreed);
  expect(await other.find(actor, 'atlas', session.id)).toMatchObject({ logLevel: null });
  await one.setLogLevel(session, 'error');
  expect(await one.find(actor, 'atlas', session.id)).toMatchObject({ logLevel: 'error' });
  pass(1);
  expect(await other.find(actor, 'atlas', session.id)).toMatchObject({ logLevel: 'error' });
});

it('of an agent with too many sessions the one goes that was not used for the longest', async () => {
  const store = aStore();
  const tenant = { ...actor, tenant: 'many' };
  const first = await store.begin(tenant, agreed);
  await query(
    storage.fork(),
    `insert into mcp_sessions (id, tenant_id, agent_id, protocol_version, client, created_at, seen_at)
     select gen_random_uuid(), 'many', 'atlas', '2025-11-25', '{}', $1::timestamptz, $1::timestamptz + interval '1 second'
     from generate_series(1, $2::int)`,
    [now.toISOString(), maxSessionsPerAgent - 1],
  );
  pass(1);
  const newest = await store.begin(tenant, agreed);
  expect(await store.find(tenant, 'atlas', first.id)).toBeNull();
  expect(await store.find(tenant, 'atlas', newest.id)).not.toBeNull();
});
