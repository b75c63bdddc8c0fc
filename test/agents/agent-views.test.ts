import type { EntityManager } from '@mikro-orm/postgresql';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type AgentViews, createAgentViews } from '../../src/agents/agent-views.js';
import { countAgentTools } from '../../src/agents/count-agent-tools.js';
import { listToolsOfAgents } from '../../src/agents/list-agent-tools.js';
import { listAgents } from '../../src/agents/list-agents.js';
import { renderAgentTools } from '../../src/agents/render-agent-tools.js';
import type { ChangeFeed } from '../../src/changes/change-feed.js';
import { createChangeFeed } from '../../src/changes/create-change-feed.js';
import { writeCatalog } from '../../src/changes/write-catalog.js';
import type { Actor } from '../../src/context.js';
import { createLogger } from '../../src/logger.js';
import type { Storage } from '../../src/storage/open-storage.js';
import { seedCatalog } from '../support/seed-catalog.js';
import { openTestStorage } from '../support/test-storage.js';

let storage: Storage;
let feed: ChangeFeed;
let views: AgentViews;
/** Views that were read: one transaction is one read. */
let reads = 0;
let tenants = 0;
let actor: Actor;

beforeAll(async () => {
  storage = await openTestStorage();
});
afterAll(() => storage[Symbol.asyncDispose]());

beforeEach(async () => {
  feed = createChangeFeed({
    fork: () => storage.fork(),
    // Nobody else writes here.
    listen: null,
    logger: createLogger({ level: 'silent' }),
    settings: { checkMs: 600_000, maxLag: 1000 },
  });
  views = createAgentViews({ feed, fork });
  tenants += 1;
  actor = {
    ...{ tenant: `tenant-${tenants}`, app: 'shop', subject: null, expiresAt: null },
    scopes: new Set(['catalog:read', 'catalog:write']),
  };
  reads = 0;
  return () => feed[Symbol.asyncDispose]();
});

function fork(): EntityManager {
  const em = storage.fork();
  const transactional = em.transactional.bind(em);
  em.transactional = (work, options) => {
    reads += 1;
    return transactional(work, options);
  };
  return em;
}

function write(): Promise<string> {
  const ctx = { em: storage.fork(), actor, clock: { now: () => new Date() } };
  return writeCatalog(ctx, ({ record }) => record({ kind: 'API_SYNCED' }));
}

const renderer = {
  name: 'names',
  tool: ({ name }: { name: string }) => name,
  list: (agentId: string, revision: string, tools: readonly string[]) =>
    `${agentId} ${revision} ${tools.join(' ')}`,
};

describe('a thousand who ask at once', () => {
  const asks: [string, () => Promise<unknown>][] = [
    ['a page of tools', () => listToolsOfAgents({ actor, views }, { agentIds: ['atlas'] })],
    ['a count', () => countAgentTools({ actor, views }, { agentId: 'atlas' })],
    ['a rendered list', () => renderAgentTools({ actor, views }, { agentId: 'atlas' }, renderer)],
  ];

  it.each(asks)('for %s share one read, and nobody reads after them', async (_what, ask) => {
    await seedCatalog(storage.fork(), { tenant: actor.tenant, apis: 3, agents: ['atlas'] });
    const [first, ...others] = await Promise.all(Array.from({ length: 1000 }, ask));
    expect(others.every((other) => same(other, first))).toBe(true);
    expect(reads).toBe(1);
    await ask();
    expect(reads).toBe(1);
    await write();
    await Promise.all(Array.from({ length: 1000 }, ask));
    expect(reads).toBe(2);
  });

  it('in batches and alone get the same page', async () => {
    const agents = Array.from({ length: 20 }, (_, index) => `agent-${index}`);
    await seedCatalog(storage.fork(), { tenant: actor.tenant, agents });
    const batch = listToolsOfAgents({ actor, views }, { agentIds: agents });
    const single = listToolsOfAgents({ actor, views }, { agentIds: agents.slice(0, 1) });
    expect((await batch).get('agent-0')).toBe((await single).get('agent-0'));
    expect([[...(await batch).keys()], reads]).toEqual([agents, 1]);
  });
});

describe('a read that fails', () => {
  it('fails those who wait for it, and is tried again for the next', async () => {
    const [begun, goOn] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const failing = async () => {
      begun.resolve();
      await goOn.promise;
      throw new Error('out of order');
    };
    const first = views.recall(actor.tenant, ['part'], failing);
    await begun.promise;
    const second = views.recall(actor.tenant, ['part'], failing);
    goOn.resolve();
    const ends = await Promise.allSettled([first, second]);
    expect(ends).toMatchObject(Array(2).fill({ reason: { message: 'out of order' } }));
    expect(reads).toBe(1);
    const found = await views.recall(actor.tenant, ['part'], async () => new Map([['part', 1]]));
    expect(found.get('part')?.value).toBe(1);
  });

  it('does not answer from memory when nobody can say whether that is true', async () => {
    const ask = () => listToolsOfAgents({ actor, views: deaf }, { agentIds: ['atlas'] });
    let isReachable = true;
    const revisionOf = async (tenant: string) => {
      if (!isReachable) throw new Error('no database');
      return feed.revisionOf(tenant);
    };
    const deaf = createAgentViews({ feed: { revisionOf }, fork });
    await ask();
    isReachable = false;
    await expect(ask()).rejects.toThrow('no database');
    isReachable = true;
    await ask();
    expect(reads).toBe(1);
  });
});

it('forgets a view within its memory and reads it again', async () => {
  const ask = (agentId: string) => renderAgentTools({ actor, views: small }, { agentId }, renderer);
  const small = createAgentViews({ feed, fork, maxBytes: 1000 });
  for (const agent of ['a', 'b', 'c', 'd', 'e', 'f', 'a', 'f']) await ask(agent);
  expect(reads).toBe(7);
});

it('refuses who may not read, also what is remembered', async () => {
  const nobody = { ...actor, scopes: new Set<string>() };
  for (const who of [actor, nobody]) {
    const ctx = { actor: who, views };
    const all = Promise.all([
      listToolsOfAgents(ctx, { agentIds: ['atlas'] }),
      countAgentTools(ctx, { agentId: 'atlas' }),
      countAgentTools(ctx, {}),
      listAgents(ctx),
      renderAgentTools(ctx, { agentId: 'atlas' }, renderer),
    ]);
    if (who === actor) await all;
    else await expect(all).rejects.toMatchObject({ code: 'FORBIDDEN' });
  }
});

function same(one: unknown, other: unknown): boolean {
  if (one instanceof Map && other instanceof Map) {
    return one.size === other.size && [...one].every(([key, value]) => other.get(key) === value);
  }
  return one === other || JSON.stringify(one) === JSON.stringify(other);
}
