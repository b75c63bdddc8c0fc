import { randomUUID } from 'node:crypto';
import { afterAll, describe, expect, it } from 'vitest';
import { assignTools } from '../../src/agents/assign-tools.js';
import { startToolEmbedder } from '../../src/agents/meanings/start-tool-embedder.js';
import { searchTools } from '../../src/agents/search-tools.js';
import { deleteApi } from '../../src/catalog/delete-api.js';
import { syncApi } from '../../src/catalog/sync-api.js';
import { updateApi } from '../../src/catalog/update-api.js';
import { updateEndpoint } from '../../src/catalog/update-endpoint.js';
import { scopes } from '../../src/context.js';
import { registerMcpServer } from '../../src/mcp-servers/register-mcp-server.js';
import { removeMcpServer } from '../../src/mcp-servers/remove-mcp-server.js';
import { query } from '../../src/storage/sql.js';
import { anEmbeddingsServer, embeddingsOf, meaningOf } from '../support/embeddings-server.js';
import { aTool, startMcpServer } from '../support/listing-server.js';
import {
  aMeaningScene,
  type MeaningScene,
  operation,
  shop,
  strange,
  sync,
  type Tenant,
} from '../support/meaning-scene.js';
import { anOpenApi } from '../support/specs.js';
import { aTestApp } from '../support/test-app.js';

// One application for the file: every test has a tenant and a model of its own.
const app = await aTestApp({ env: { EGRESS_ALLOW: '127.0.0.1', MCP_REFRESH_SECONDS: '0' } });
afterAll(() => app[Symbol.asyncDispose]());
const fork = () => app.ports.storage.fork();

const aScene = (options?: Parameters<typeof aMeaningScene>[1]) => aMeaningScene(app, options);

async function namesFor(ctx: Tenant, text: string, more: object = {}) {
  return (await searchTools(ctx(), { query: text, ...more })).map(({ tool }) => tool.name);
}

async function idOf(ctx: Tenant, name: string): Promise<string> {
  const found = await searchTools({ ...ctx(), meanings: null }, { query: name, first: 1 });
  return found[0]?.tool.id ?? '';
}

function rowsOf(ctx: Tenant, model: string) {
  return query<{ id: string }>(
    fork(),
    'select tool_id as id from tool_embeddings where tenant_id = $1 and model = $2',
    [ctx().actor.tenant, model],
  );
}

/** Embeds what is due, and does something between the question for a tool and its answer. */
async function whileEmbedding(
  { server, embed }: MeaningScene,
  name: string,
  act: () => Promise<unknown>,
) {
  let acted: Promise<unknown> | null = null;
  server.answer = async (texts) => {
    if (!acted && texts.some((text) => text.includes(name))) acted = act();
    await acted;
    return embeddingsOf(texts);
  };
  await embed();
  expect(acted).not.toBeNull();
}

describe('what a question means', () => {
  it('finds a tool with which it shares no word, and says so', async () => {
    await using scene = await aScene();
    await sync(scene.ctx);
    expect(await namesFor(scene.ctx, strange)).toEqual([]);
    await scene.embed();
    const found = await searchTools(scene.ctx(), { query: strange });
    expect(found).toMatchObject([
      { tool: { name: 'listStargazers', kind: 'ENDPOINT' }, reasons: ['meaning'] },
    ]);
    expect(found[0]?.tokens).toBeGreaterThan(0);
  });

  it('is asked for as one text of the model, with the key, and remembered', async () => {
    await using scene = await aScene();
    await sync(scene.ctx);
    await scene.embed();
    const before = scene.server.seen.length;
    await Promise.all([namesFor(scene.ctx, strange), namesFor(scene.ctx, ` ${strange} `)]);
    await namesFor(scene.ctx, strange);
    const asked = scene.server.seen.slice(before);
    expect(asked).toMatchObject([
      { url: '/v1/embeddings', body: { model: scene.model, input: [strange] } },
    ]);
    expect(asked[0]?.headers.authorization).toBe('Bearer sk-test');
    scene.time.now += 11 * 60 * 1000;
    await namesFor(scene.ctx, strange);
    expect(scene.server.seen).toHaveLength(before + 2);
  });

  it('is fused with its words: what both find comes first', async () => {
    await using scene = await aScene();
    await sync(scene.ctx);
    await scene.embed();
    const found = await searchTools(scene.ctx(), { query: 'list of our admirers' });
    expect(found.map(({ tool }) => tool.name)).toEqual(['listStargazers', 'listOrders']);
    const [first, second] = found;
    expect(first?.score).toBeGreaterThan(0.9);
    expect(second?.score).toBeLessThanOrEqual(0.5);
    expect(first?.reasons[0]).toMatch(/^name: "list"/);
  });

  it('finds tools of MCP servers, as long as they are there', async () => {
    await using scene = await aScene();
    const { ctx } = scene;
    await using upstream = await startMcpServer({
      tools: [aTool('shoot', { description: 'Takes a snapshot.' })],
    });
    const { id } = await registerMcpServer(ctx(), { serverUrl: upstream.url, name: 'lens' });
    await scene.embed();
    expect(await namesFor(ctx, 'photo')).toEqual(['shoot']);
    expect(await namesFor(ctx, 'photo', { kind: 'ENDPOINT' })).toEqual([]);
    await removeMcpServer(ctx(), { id });
    expect(await namesFor(ctx, 'photo')).toEqual([]);
    expect(await rowsOf(ctx, scene.model)).toEqual([]);
  });

  it.each([
    ['tools', { maxTools: 3 }],
    ['bytes', { maxBytes: 60 }],
  ])('orders what words find, where there are too many %s to compare all', async (_, options) => {
    await using scene = await aScene(options);
    await sync(scene.ctx);
    await scene.embed();
    expect(await namesFor(scene.ctx, strange)).toEqual([]);
    const [first] = await searchTools(scene.ctx(), { query: 'list our admirers' });
    expect(first).toMatchObject({ tool: { name: 'listStargazers' } });
    expect(first?.score).toBeGreaterThan(0.9);
  });
});

describe('a tool that is not offered', () => {
  it('is not found by its meaning: of another tenant, or disabled', async () => {
    await using scene = await aScene();
    const other = scene.aTenant();
    await sync(scene.ctx);
    await sync(other, { '/orders': { get: operation('listOrders', 'List orders') } });
    await scene.embed();
    expect(await namesFor(other, strange)).toEqual([]);
    expect(await namesFor(scene.aTenant(), strange)).toEqual([]);
    const id = await idOf(scene.ctx, 'listStargazers');
    await updateEndpoint(scene.ctx(), { id, enabled: false });
    expect(await namesFor(scene.ctx, strange)).toEqual([]);
    await updateEndpoint(scene.ctx(), { id, enabled: true });
    expect(await namesFor(scene.ctx, strange)).toEqual(['listStargazers']);
  });

  it('is not found for an agent that does not have it', async () => {
    await using scene = await aScene();
    const { ctx } = scene;
    await sync(ctx);
    await scene.embed();
    const refund = await idOf(ctx, 'createRefund');
    await assignTools(ctx(), { agentId: 'atlas', endpointIds: [refund] });
    const atlas = { agentId: 'atlas' };
    expect(await namesFor(ctx, strange, atlas)).toEqual([]);
    expect(await namesFor(ctx, 'reimburse someone', atlas)).toEqual(['createRefund']);
    expect(await namesFor(ctx, 'reimburse someone', { agentId: 'nobody' })).toEqual([]);
    await updateEndpoint(ctx(), { id: refund, enabled: false });
    expect(await namesFor(ctx, 'reimburse someone', atlas)).toEqual([]);
  });
});

describe('a server of embeddings that does not answer a question', () => {
  const one = (embedding: unknown, more: object = {}) => ({
    data: [{ index: 0, embedding, ...more }],
  });

  it.each<[string, number, unknown]>([
    ['fails', 500, {}],
    ['has had enough', 429, { error: { message: 'sk-test is over its quota' } }],
    ['refuses the key', 401, {}],
    ['knows no model', 404, {}],
    ['refuses the text', 400, {}],
    ['answers nothing', 200, ''],
    ['answers no JSON', 200, '<html>'],
    ['answers null', 200, 'null'],
    ['answers without vectors', 200, {}],
    ['answers too few', 200, { data: [] }],
    ['answers too many', 200, { data: [...one([1]).data, ...one([1]).data] }],
    ['answers for another text', 200, one([1, 0], { index: 7 })],
    ['answers for a text by name', 200, one([1, 0], { index: 'length' })],
    ['answers text', 200, one('AAAA')],
    ['answers texts', 200, one(['1', '0'])],
    ['answers an empty vector', 200, one([])],
    ['answers no direction', 200, one([0, 0, 0])],
    ['answers numbers without end', 200, '{"data":[{"index":0,"embedding":[1e999,0]}]}'],
    ['answers far too many numbers', 200, one(Array.from({ length: 20_000 }, () => 1))],
    ['answers in other dimensions', 200, one([1, 1, 1])],
    ['redirects', 307, {}],
  ])('leaves the answer to words: it %s', async (_, status, json) => {
    await using scene = await aScene();
    await sync(scene.ctx);
    await scene.embed();
    scene.server.answer = () => ({ status, json });
    expect(await namesFor(scene.ctx, strange)).toEqual([]);
    expect(await namesFor(scene.ctx, 'list stargazers')).toEqual(['listStargazers', 'listOrders']);
    expect(JSON.stringify(scene.warnings)).not.toContain('sk-test');
  });

  it('leaves the answer to words: it is down', async () => {
    await using scene = await aScene();
    await sync(scene.ctx);
    await scene.embed();
    await scene.server.stop();
    expect(await namesFor(scene.ctx, 'list stargazers')).toEqual(['listStargazers', 'listOrders']);
    expect(scene.warnings).toHaveLength(1);
  });

  it('is waited for once, told of once, and asked again after a pause', async () => {
    await using scene = await aScene();
    await sync(scene.ctx);
    await scene.embed();
    scene.server.answer = () => null;
    const before = scene.server.seen.length;
    expect(await namesFor(scene.ctx, 'list stargazers')).toEqual(['listStargazers', 'listOrders']);
    expect(await namesFor(scene.ctx, strange)).toEqual([]);
    expect(scene.server.seen).toHaveLength(before + 1);
    expect(scene.warnings).toMatchObject([
      [{ reason: expect.stringMatching(/within 1500 ms/) }, {}],
    ]);

    scene.time.now += 11_000;
    scene.server.answer = () => ({ status: 503, json: {} });
    expect(await namesFor(scene.ctx, strange)).toEqual([]);
    expect(scene.warnings).toHaveLength(1);

    scene.time.now += 11_000;
    scene.server.answer = embeddingsOf;
    expect(await namesFor(scene.ctx, strange)).toEqual(['listStargazers']);
  });

  it('does not keep other questions waiting when it refuses one', async () => {
    await using scene = await aScene();
    await sync(scene.ctx);
    await scene.embed();
    scene.server.answer = (texts) =>
      texts.includes('bad') ? { status: 400, json: {} } : embeddingsOf(texts);
    expect(await namesFor(scene.ctx, 'bad')).toEqual([]);
    expect(await namesFor(scene.ctx, strange)).toEqual(['listStargazers']);
    expect(scene.warnings).toEqual([]);
  });
});

describe('vectors of tools', () => {
  it('are made once: not again, not by two processes at once', async () => {
    await using scene = await aScene();
    await sync(scene.ctx, shop, 'Twice');
    await sync(scene.aTenant(), shop, 'Twice');
    const counts = await Promise.all([scene.embed(), scene.embed(), scene.embed()]);
    expect(counts.reduce((sum, count) => sum + count, 0)).toBeGreaterThanOrEqual(8);
    const texts = scene.server.texts().filter((text) => text.startsWith('Twice: '));
    expect(texts).toContain('Twice: createRefund\nRefund a payment');
    expect(texts).toHaveLength(8);
    const sent = scene.server.seen.length;
    expect(await scene.embed()).toBe(0);
    expect(scene.server.seen).toHaveLength(sent);
  });

  it('are made anew for a text that changed, and for no other', async () => {
    await using scene = await aScene();
    const { ctx, server } = scene;
    const api = await sync(ctx);
    await scene.embed();
    expect(await namesFor(ctx, 'reimburse')).toEqual(['createRefund']);
    const id = await idOf(ctx, 'createRefund');
    const sent = server.texts().length;
    await updateEndpoint(ctx(), { id, enabled: true });
    await updateEndpoint(ctx(), { id, name: 'send_package', description: 'Sends it.' });
    await scene.embed();
    expect(server.texts().slice(sent)).toEqual(['Shop: send_package\nRefund a payment\nSends it.']);
    expect(await namesFor(ctx, 'parcel')).toEqual(['send_package']);
    await updateApi(ctx(), { id: api, name: 'Store' });
    expect(await scene.embed()).toBe(4);
    await updateApi(ctx(), { id: api, name: 'Shop' });
    await updateApi(ctx(), { id: api, name: 'Store' });
    expect(await scene.embed()).toBe(0);
  });

  it('are gone with their tools', async () => {
    await using scene = await aScene();
    const { ctx, model } = scene;
    const id = await sync(ctx);
    await scene.embed();
    expect(await rowsOf(ctx, model)).toHaveLength(4);
    expect(await namesFor(ctx, strange)).toEqual(['listStargazers']);
    await deleteApi(ctx(), { id });
    expect(await rowsOf(ctx, model)).toEqual([]);
    expect(await namesFor(ctx, strange)).toEqual([]);
  });

  it('of tools that are deleted while they are embedded are not written', async () => {
    await using scene = await aScene();
    const { ctx, model } = scene;
    const id = await sync(ctx, shop, 'Doomed');
    await whileEmbedding(scene, 'Doomed: createRefund', () => deleteApi(ctx(), { id }));
    expect(await rowsOf(ctx, model)).toEqual([]);
  });

  it('of a tool that changes while it is embedded are made anew', async () => {
    await using scene = await aScene();
    const { ctx } = scene;
    await sync(ctx, shop, 'Restless');
    const change = { id: await idOf(ctx, 'createRefund'), name: 'send_package', description: '' };
    await whileEmbedding(scene, 'Restless: createRefund', () => updateEndpoint(ctx(), change));
    expect(await namesFor(ctx, 'parcel')).toEqual(['send_package']);
  });

  it('of another model are made beside them, and each is searched by its own', async () => {
    await using scene = await aScene();
    const { ctx, model } = scene;
    await sync(ctx);
    await scene.embed();
    await using next = scene.connect(`${model}-next`);
    expect(await scene.embed(next)).toBeGreaterThanOrEqual(4);
    expect(await rowsOf(ctx, model)).toHaveLength(4);
    expect(await rowsOf(ctx, next.model)).toHaveLength(4);
    expect(await namesFor(ctx, strange)).toEqual(['listStargazers']);
  });

  it('are made by another process when one dies at its turn', async () => {
    await using scene = await aScene();
    const { ctx, model } = scene;
    await sync(ctx);
    const { tenant } = ctx().actor;
    const hold = (until: string) =>
      query(
        fork(),
        `insert into tool_embedding_turns (tenant_id, model, holder, held_until, version)
         values ($1, $2, $3::uuid, now() + $4::interval, 0)
         on conflict (tenant_id, model) do update set held_until = excluded.held_until`,
        [tenant, model, randomUUID(), until],
      );
    await hold('1 minute');
    await scene.embed();
    expect(await rowsOf(ctx, model)).toEqual([]);
    await hold('-1 second');
    await scene.embed();
    expect(await rowsOf(ctx, model)).toHaveLength(4);
  });
});

describe('a server of embeddings that does not take tools', () => {
  it.each<[string, object]>([
    ['is out of order', { status: 500, json: {} }],
    ['has had enough', { status: 429, json: {} }],
    ['refuses whatever it gets', { status: 400, json: {} }],
    ['answers nonsense', { json: { data: 'x' } }],
  ])('is asked for the rest later: it %s', async (_, reply) => {
    await using scene = await aScene();
    const { ctx, server } = scene;
    await sync(ctx);
    server.answer = () => reply as never;
    await expect(scene.embed()).rejects.toMatchObject({ name: 'AppError' });
    expect(await rowsOf(ctx, scene.model)).toEqual([]);
    server.answer = embeddingsOf;
    await scene.embed();
    expect(await namesFor(ctx, strange)).toEqual(['listStargazers']);
  });

  it('gets all but the one that it refuses, and that one again once it changed', async () => {
    await using scene = await aScene();
    const { ctx, server } = scene;
    await sync(ctx);
    server.answer = (texts) =>
      texts.some((text) => text.includes('listStargazers'))
        ? { status: 400, json: {} }
        : embeddingsOf(texts);
    await scene.embed();
    expect(await namesFor(ctx, 'reimburse')).toEqual(['createRefund']);
    expect(await namesFor(ctx, strange)).toEqual([]);
    const sent = server.seen.length;
    expect(await scene.embed()).toBe(0);
    expect(server.seen).toHaveLength(sent);
    await updateEndpoint(ctx(), { id: await idOf(ctx, 'listStargazers'), name: 'fans' });
    expect(await scene.embed()).toBe(1);
    expect(await namesFor(ctx, strange)).toEqual(['fans']);
  });

  it('is sent no more than a bounded part of a tool', async () => {
    await using scene = await aScene();
    const long = operation('listAll', '📦'.repeat(5000));
    await sync(scene.ctx, { '/all': { get: long } });
    await scene.embed();
    const [text = ''] = scene.server.texts().filter((one) => one.includes('listAll'));
    expect(text.length).toBeLessThanOrEqual(2000);
    expect(text.isWellFormed()).toBe(true);
  });
});

it('embeds what is written to the catalog, and forgets models that nobody uses', async () => {
  await using scene = await aScene();
  const { ctx, model } = scene;
  await sync(ctx);
  await scene.embed();
  await query(
    fork(),
    `insert into tool_embedding_turns (tenant_id, model, holder, held_until, version)
     values ('', $1, $2::uuid, now() - interval '2 days', 0)`,
    [model, randomUUID()],
  );
  await using next = scene.connect(`${model}-next`);
  await using _ = startToolEmbedder({ fork, embedder: next, logger: app.ports.logger });
  await expect.poll(() => rowsOf(ctx, next.model), { timeout: 20_000 }).toHaveLength(4);
  expect(await rowsOf(ctx, model)).toEqual([]);
});

it('is turned on by its model, and answers over REST', async () => {
  await using server = await anEmbeddingsServer();
  await using on = await aTestApp({
    env: {
      EMBEDDINGS_MODEL: 'meaning-1',
      OPENAI_API_KEY: 'sk-test',
      OPENAI_BASE_URL: server.baseUrl,
      DEFAULT_TENANT: 'acme',
    },
  });
  const document = anOpenApi(shop, { info: { title: 'Shop', version: '1' } });
  const actor = {
    ...{ tenant: 'acme', app: 'shop', subject: null, expiresAt: null },
    scopes: new Set<string>(Object.values(scopes)),
  };
  await syncApi(
    { ...on.ports, em: on.ports.storage.fork(), actor },
    { source: { document }, name: 'Shop' },
  );
  const search = async () => {
    const url = `/tools/search?q=${encodeURIComponent(strange)}`;
    const answer = await on.server.inject({ method: 'GET', url });
    return answer.json<{ matches: object[] }>().matches;
  };
  await expect
    .poll(search, { timeout: 20_000 })
    .toMatchObject([{ name: 'listStargazers', reasons: ['meaning'] }]);
  expect(meaningOf(strange)).toHaveLength(6);
});
