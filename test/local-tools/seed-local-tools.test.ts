import type { EntityManager } from '@mikro-orm/postgresql';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { scopes } from '../../src/context.js';
import { type BuiltInTool, builtInTools } from '../../src/local-tools/built-in-tools.js';
import { listLocalTools } from '../../src/local-tools/list-local-tools.js';
import { seedLocalTools } from '../../src/local-tools/seed-local-tools.js';
import { query } from '../../src/storage/sql.js';
import { openTestStorage } from '../support/test-storage.js';

const clock = { now: () => new Date('2026-11-21T09:00:00Z') };
const actor = {
  tenant: 't',
  app: null,
  subject: null,
  expiresAt: null,
  scopes: new Set([scopes.read]),
};
const names = builtInTools.map(({ name }) => name).sort();

const storage = await openTestStorage();
const database = { em: () => storage.fork() };

beforeEach(() => query(database.em(), 'delete from local_tools'));
afterAll(() => storage[Symbol.asyncDispose]());

function reworded(description: string): BuiltInTool[] {
  return builtInTools.map((tool) => (tool.name === 'end_call' ? { ...tool, description } : tool));
}

async function descriptionOf(em: EntityManager, name: string): Promise<string | null | undefined> {
  const tools = await listLocalTools({ em, actor });
  return tools.find((tool) => tool.name === name)?.description;
}

describe('seedLocalTools', () => {
  it('adds every tool once, and nothing the second time', async () => {
    const first = await seedLocalTools(database.em(), clock);
    const second = await seedLocalTools(database.em(), clock);
    expect(first).toEqual({ added: names, renewed: [] });
    expect(second).toEqual({ added: [], renewed: [] });
  });

  it('stores what it was given', async () => {
    await seedLocalTools(database.em(), clock);
    const stored = await listLocalTools({ em: database.em(), actor });
    const expected = [...builtInTools].sort((a, b) => (a.name < b.name ? -1 : 1));
    expect(stored.map(({ id: _id, isActive: _isActive, ...tool }) => tool)).toEqual(expected);
  });

  it('lets seedings at the same time agree', async () => {
    const results = await Promise.all([1, 2, 3].map(() => seedLocalTools(database.em(), clock)));
    expect(results.flatMap(({ added }) => added).sort()).toEqual(names);
  });

  it('renews a tool that nobody edited', async () => {
    await seedLocalTools(database.em(), clock);
    const result = await seedLocalTools(database.em(), clock, reworded('Hang up politely.'));
    expect(result.renewed).toEqual(['end_call']);
    expect(await descriptionOf(database.em(), 'end_call')).toBe('Hang up politely.');
  });

  it.each([
    ["description = 'Ours.'"],
    ['input_schema = \'{"type": "object"}\''],
    ["agent_types = '{text}'"],
    ["display_name = 'Hang Up'"],
  ])('leaves a tool alone once an operator has set %s', async (change) => {
    await seedLocalTools(database.em(), clock);
    await query(database.em(), `update local_tools set ${change} where name = 'end_call'`);
    const result = await seedLocalTools(database.em(), clock, reworded('Hang up politely.'));
    expect(result.renewed).toEqual([]);
  });

  it('leaves a tool alone that an operator made under the name of a built-in one', async () => {
    await seedLocalTools(database.em(), clock);
    await query(database.em(), "update local_tools set seed_hash = null where name = 'end_call'");
    const result = await seedLocalTools(database.em(), clock, reworded('Hang up politely.'));
    expect(result).toEqual({ added: [], renewed: [] });
  });

  it('keeps a tool switched off while its content is renewed', async () => {
    await seedLocalTools(database.em(), clock);
    await query(database.em(), "update local_tools set is_active = false where name = 'end_call'");
    const result = await seedLocalTools(database.em(), clock, reworded('Hang up politely.'));
    expect(result.renewed).toEqual(['end_call']);
    expect(await descriptionOf(database.em(), 'end_call')).toBeUndefined();
  });

  it('brings a deleted tool back under its old id', async () => {
    await seedLocalTools(database.em(), clock);
    const before = await listLocalTools({ em: database.em(), actor });
    await query(database.em(), "delete from local_tools where name = 'end_call'");
    await seedLocalTools(database.em(), clock);
    expect(await listLocalTools({ em: database.em(), actor })).toEqual(before);
  });
});

describe('listLocalTools', () => {
  it.each([
    ['voice', 10],
    ['text', 8],
    ['background', 5],
  ] as const)('gives the tools for %s agents', async (agentType, count) => {
    await seedLocalTools(database.em(), clock);
    const tools = await listLocalTools({ em: database.em(), actor }, { agentType });
    expect(tools).toHaveLength(count);
    expect(tools.every((tool) => tool.agentTypes.includes(agentType))).toBe(true);
  });

  it('says which agent types there are', async () => {
    const raw = { agentType: 'robot' as 'voice' };
    await expect(listLocalTools({ em: database.em(), actor }, raw)).rejects.toMatchObject({
      code: 'INVALID_INPUT',
      message: 'agentType: expected one of voice, text, background',
    });
  });

  it('needs the scope for reading', async () => {
    const stranger = { ...actor, scopes: new Set<string>() };
    await expect(listLocalTools({ em: database.em(), actor: stranger })).rejects.toMatchObject({
      code: 'FORBIDDEN',
    });
  });
});
