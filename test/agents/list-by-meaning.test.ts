import { afterAll, describe, expect, it } from 'vitest';
import { assignTools } from '../../src/agents/assign-tools.js';
import { listToolsOfAgents } from '../../src/agents/list-agent-tools.js';
import { renderAgentTools } from '../../src/agents/render-agent-tools.js';
import { searchTools } from '../../src/agents/search-tools.js';
import { unassignTools } from '../../src/agents/unassign-tools.js';
import { updateEndpoint } from '../../src/catalog/update-endpoint.js';
import { embeddingsOf } from '../support/embeddings-server.js';
import {
  aMeaningScene,
  type MeaningScene,
  operation,
  strange,
  sync,
  type Tenant,
} from '../support/meaning-scene.js';
import { aTestApp } from '../support/test-app.js';

// One application for the file: every test has a tenant and a model of its own.
const app = await aTestApp();
afterAll(() => app[Symbol.asyncDispose]());

const paths = {
  '/refunds': { post: operation('createRefund', 'Refund a payment') },
  '/stars': { get: operation('listStargazers', 'List stargazers') },
  '/webhooks': { post: operation('createWebhookEndpoint', 'Create a webhook endpoint') },
  '/orders': { get: operation('listOrders', 'List orders') },
  '/star-orders': { get: operation('listStarOrders', 'List orders of stargazers') },
};
/** By words orders come first, by meaning those of stargazers. */
const both = 'list the orders of our admirers';

/** An agent, `atlas`, with all tools of its tenant. */
async function aScene(options?: Parameters<typeof aMeaningScene>[1]) {
  const scene = await aMeaningScene(app, options);
  await sync(scene.ctx, paths);
  const all = await searchTools(
    { ...scene.ctx(), meanings: null },
    { query: 'create list', first: 100 },
  );
  const ids = new Map(all.map(({ tool }) => [tool.name, tool.id]));
  await assignTools(scene.ctx(), { agentId: 'atlas', endpointIds: [...ids.values()] });
  return Object.assign(scene, { ids });
}

async function pageOf(ctx: Tenant, search: string, more: object = {}) {
  const pages = await listToolsOfAgents(ctx(), { agentIds: ['atlas'], search, ...more });
  const page = pages.get('atlas');
  if (!page) throw new Error('the agent has no page');
  const last = page.items.at(-1);
  const names = page.items.map(({ name }) => name);
  return { page, names, next: page.hasNextPage && last ? page.cursorOf(last) : null };
}

async function rendered(ctx: Tenant, search: string, more: object = {}) {
  const renderer = {
    name: 'test',
    tool: ({ name }: { name: string }) => name,
    list: (_agent: string, _revision: string, tools: readonly string[]) => tools.join(),
  };
  const input = { agentId: 'atlas', search, ...more };
  const { bytes, next } = await renderAgentTools(ctx(), input, renderer);
  return { names: bytes.toString().split(',').filter(Boolean), next };
}

const lists: [string, typeof pageOf | typeof rendered][] = [
  ['a page', pageOf],
  ['a rendered list', rendered],
];

describe.each(lists)('%s of an agent', (_, list) => {
  const namesOf = async (scene: MeaningScene, search: string, more: object = {}) =>
    (await list(scene.ctx, search, more)).names;

  /** All names, tool by tool. */
  async function walk(scene: MeaningScene, search: string, then = () => {}) {
    const names: string[] = [];
    let after: string | null = null;
    do {
      const page: { names: string[]; next: string | null } = await list(scene.ctx, search, {
        ...{ first: 1, after },
      });
      names.push(...page.names);
      after = page.next;
      then();
    } while (after !== null);
    return names;
  }

  it('has what a text means, from when it is embedded', async () => {
    await using scene = await aScene();
    expect(await namesOf(scene, strange)).toEqual([]);
    await scene.embed();
    expect((await namesOf(scene, strange)).toSorted()).toEqual([
      'listStarOrders',
      'listStargazers',
    ]);
    expect((await namesOf(scene, both))[0]).toBe('listStarOrders');
  });

  it('has nothing that the agent may not call', async () => {
    await using scene = await aScene();
    await scene.embed();
    const id = scene.ids.get('listStargazers') ?? '';
    await updateEndpoint(scene.ctx(), { id, enabled: false });
    expect(await namesOf(scene, strange)).not.toContain('listStargazers');
    await updateEndpoint(scene.ctx(), { id, enabled: true });
    expect(await namesOf(scene, strange)).toContain('listStargazers');
    await unassignTools(scene.ctx(), { agentId: 'atlas', endpointIds: [id] });
    expect(await namesOf(scene, strange)).not.toContain('listStargazers');
  });

  it('has the same tools in the same order page by page', async () => {
    await using scene = await aScene();
    await scene.embed();
    const search = 'create a list of admirers, reimburse';
    const whole = await namesOf(scene, search);
    expect(whole).toHaveLength(5);
    expect(await walk(scene, search)).toEqual(whole);
  });

  it('goes on by words where it began by words', async () => {
    await using scene = await aScene();
    await scene.embed();
    scene.server.answer = () => ({ status: 500, json: {} });
    const first = await list(scene.ctx, both, { first: 1 });
    expect(first.names).toEqual(['listOrders']);
    scene.server.answer = embeddingsOf;
    scene.time.now += 11_000;
    expect((await namesOf(scene, both))[0]).toBe('listStarOrders');
    expect(await namesOf(scene, both, { after: first.next })).toEqual(['listStarOrders']);
  });

  it('goes on by words where the meaning is not to be had any more', async () => {
    await using scene = await aScene();
    await scene.embed();
    const first = await list(scene.ctx, both, { first: 1 });
    expect(first.names).toEqual(['listStarOrders']);
    scene.time.now += 11 * 60 * 1000;
    await scene.server.stop();
    expect(await namesOf(scene, both, { after: first.next })).toEqual([]);
    expect(await namesOf(scene, both)).toEqual(['listOrders', 'listStarOrders']);
  });

  it.each<[string, () => { status?: number; json: unknown } | null]>([
    ['fails', () => ({ status: 500, json: {} })],
    ['is silent', () => null],
  ])('is found by words when the server of embeddings %s', async (_how, answer) => {
    await using scene = await aScene();
    await scene.embed();
    scene.server.answer = answer;
    expect(await namesOf(scene, 'refund')).toEqual(['createRefund']);
    expect(await namesOf(scene, strange)).toEqual([]);
  });

  it('does not ask what a text means that is too long', async () => {
    await using scene = await aScene();
    const before = scene.server.seen.length;
    await expect(namesOf(scene, 'x'.repeat(2001))).rejects.toMatchObject({ code: 'INVALID_INPUT' });
    await expect(namesOf(scene, 'x', { after: 'nonsense' })).rejects.toMatchObject({
      code: 'INVALID_INPUT',
    });
    expect(scene.server.seen).toHaveLength(before);
  });

  it("compares the agent's own where its tenant has too many tools", async () => {
    await using scene = await aScene({ maxTools: 1 });
    await scene.embed();
    expect((await namesOf(scene, both))[0]).toBe('listStarOrders');
  });
});

it('is read once for a version of the vectors, however many ask', async () => {
  await using scene = await aScene();
  await scene.embed();
  const { page } = await pageOf(scene.ctx, strange);
  expect((await pageOf(scene.ctx, strange)).page).toBe(page);
  expect(page.revision).toBe((await pageOf(scene.ctx, '')).page.revision);
});

it('lets many search at once before any vector is read', async () => {
  await using scene = await aScene();
  await scene.embed();
  const texts = Array.from({ length: 20 }, (_, at) => `list admirers ${at}`);
  for (const text of texts) await scene.meanings.ask(text);
  const asked = texts.flatMap((text) => [
    pageOf(scene.ctx, text).then(({ names }) => names[0]),
    rendered(scene.ctx, text).then(({ names }) => names[0]),
    searchTools(scene.ctx(), { query: text, agentId: 'atlas' }).then(([first]) => first?.tool.name),
  ]);
  for (const name of await Promise.all(asked)) expect(name).toMatch(/^list/);
});
