import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { aCaller } from '../../calls/callers.js';
import { openEvents } from './event-reader.js';
import { anMcpApp, caller, givePets, type McpApp } from './mcp-app.js';

let mcp: McpApp;
let ids: Record<string, string>;
beforeAll(async () => {
  mcp = await anMcpApp();
  ids = await givePets(mcp.app, mcp.upstream.origin);
});
afterAll(() => mcp[Symbol.asyncDispose]());

const listChanged = { jsonrpc: '2.0', method: 'notifications/tools/list_changed' };
const stream = { ...caller, accept: 'text/event-stream' };

let renamed = 0;

/** Changes what an agent's tools are called. */
async function change(name: string): Promise<void> {
  renamed += 1;
  const url = `/tools/api/endpoints/${ids[name]}`;
  const payload = { name: `renamed_${renamed}` };
  const { statusCode } = await mcp.app.server.inject({
    ...{ method: 'PATCH', url, headers: caller, payload },
  });
  expect(statusCode).toBe(200);
}

describe('the stream of a session', () => {
  it('tells of changes of its agent, and of no other', async () => {
    const headers = { ...stream, ...(await mcp.begin()) };
    await using events = await openEvents(mcp.url(), { headers });
    expect(events.headers.get('content-type')).toBe('text/event-stream');
    const primed = await events.next();
    expect(primed).toMatchObject({ data: '', id: expect.stringMatching(/^r-\d+$/) });
    await aCaller(mcp.app).assign('somebody', [ids.petText ?? '']);
    await change('putPet');
    const event = await events.next();
    expect(JSON.parse(event?.data ?? '')).toEqual(listChanged);
    const revisions = [primed, event].map((one) => Number(one?.id?.slice(2)));
    expect((revisions[1] ?? 0) - (revisions[0] ?? 0)).toBe(2);
  });

  it('begins without an empty event for clients that know none', async () => {
    const headers = { ...stream, ...(await mcp.begin('2025-06-18')) };
    await using events = await openEvents(mcp.url(), { headers });
    await change('petText');
    expect(await events.message()).toEqual(listChanged);
  });

  it('is resumed where it was lost', async () => {
    const headers = { ...stream, ...(await mcp.begin()) };
    await using lost = await openEvents(mcp.url(), { headers });
    const { id = '' } = (await lost.next()) ?? {};
    await lost[Symbol.asyncDispose]();
    await change('petText');
    await using resumed = await openEvents(mcp.url(), {
      headers: { ...headers, 'last-event-id': id },
    });
    expect(await resumed.message()).toEqual(listChanged);
  });

  it('tells at once where it is resumed from what is not known any more', async () => {
    const headers = { ...stream, ...(await mcp.begin()), 'last-event-id': 'r-999999' };
    await using resumed = await openEvents(mcp.url(), { headers });
    expect(await resumed.message()).toEqual(listChanged);
  });

  it('gives way to a newer one, and ends with its session', async () => {
    const session = await mcp.begin();
    const headers = { ...stream, ...session };
    await using first = await openEvents(mcp.url(), { headers });
    await first.next();
    await using second = await openEvents(mcp.url(), { headers });
    await second.next();
    expect(await first.next()).toBeNull();
    await mcp.send('', { method: 'DELETE', headers: session });
    expect(await second.next()).toBeNull();
  });

  it('is one of so many that a caller may have', async () => {
    await using own = await anMcpApp({ env: { LIVE_MAX_CONNECTIONS: '1' } });
    const [one, other] = [await own.begin(), await own.begin()];
    await using events = await openEvents(own.url(), { headers: { ...stream, ...one } });
    expect(events.status).toBe(200);
    await using refused = await openEvents(own.url(), { headers: { ...stream, ...other } });
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '10']);
  });

  it('ends when the server stops, which does not wait for it', async () => {
    const own = await anMcpApp();
    await using events = await openEvents(own.url(), {
      headers: { ...stream, ...(await own.begin()) },
    });
    await events.next();
    await own[Symbol.asyncDispose]();
    expect(await events.next()).toBeNull();
  });
});

describe("the SDK's client", () => {
  it.each(['legacy', { pin: '2026-07-28' }] as const)(
    'hears of changes in mode %j',
    async (mode) => {
      const heard = Promise.withResolvers<string[]>();
      await using client = await mcp.connect({
        versionNegotiation: { mode },
        listChanged: {
          tools: {
            debounceMs: 0,
            onChanged: (_error, tools) => heard.resolve((tools ?? []).map(({ name }) => name)),
          },
        },
      });
      await client.listTools();
      await until(() => mcp.app.ports.metrics.expose(), /connections (?!0)/);
      await change('putPet');
      expect(await heard.promise).toContain(`renamed_${renamed}`);
    },
  );
});

/** Waits until the metrics say so. */
async function until(expose: () => Promise<{ text: string }>, pattern: RegExp): Promise<void> {
  while (!pattern.test((await expose()).text)) await new Promise((next) => setImmediate(next));
}

describe('subscriptions/listen', () => {
  it('is acknowledged, tells of changes, and ends gracefully when the server stops', async () => {
    const own = await anMcpApp();
    const pets = await givePets(own.app, own.upstream.origin);
    const meta = {
      'io.modelcontextprotocol/protocolVersion': '2026-07-28',
      'io.modelcontextprotocol/clientInfo': { name: 't', version: '1' },
      'io.modelcontextprotocol/clientCapabilities': {},
    };
    const params = { notifications: { toolsListChanged: true }, _meta: meta };
    await using events = await openEvents(own.url(), {
      method: 'POST',
      headers: {
        ...stream,
        accept: 'application/json, text/event-stream',
        'content-type': 'application/json',
        'mcp-protocol-version': '2026-07-28',
        'mcp-method': 'subscriptions/listen',
      },
      body: JSON.stringify({ jsonrpc: '2.0', id: 'sub', method: 'subscriptions/listen', params }),
    });
    expect(await events.message()).toMatchObject({
      method: 'notifications/subscriptions/acknowledged',
      params: { notifications: { toolsListChanged: true } },
    });
    await aCaller(own.app).assign('atlas', []);
    await own.app.server.inject({
      method: 'DELETE',
      url: '/tools/agents/atlas/tools',
      headers: caller,
      payload: { endpoint_ids: [pets.petText] },
    });
    expect(await events.message()).toMatchObject({ method: 'notifications/tools/list_changed' });
    const stopped = own[Symbol.asyncDispose]();
    expect(await events.message()).toMatchObject({ id: 'sub', result: { resultType: 'complete' } });
    await stopped;
  });
});
