import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { seedCatalog } from '../../support/seed-catalog.js';
import { anMcpApp, givePets, type McpApp, type RpcOptions } from './mcp-app.js';

let mcp: McpApp;
beforeAll(async () => {
  mcp = await anMcpApp({ env: { MAX_BODY_BYTES: '100000' } });
  await givePets(mcp.app, mcp.upstream.origin);
});
afterAll(() => mcp[Symbol.asyncDispose]());

const ping = '{"jsonrpc":"2.0","id":1,"method":"ping"}';
const modern = '2026-07-28';
const envelope = {
  'io.modelcontextprotocol/protocolVersion': modern,
  'io.modelcontextprotocol/clientInfo': { name: 't', version: '1' },
  'io.modelcontextprotocol/clientCapabilities': {},
};

type Refused = [string, string | Buffer, RpcOptions, number, number, string];
const refused: Refused[] = [
  ['no JSON', '{"jsonrpc": "2.0", ', {}, 400, -32700, 'The body is not valid JSON'],
  ['nothing', '', {}, 400, -32700, 'The body is empty'],
  ['bytes that are no UTF-8', Buffer.from([0x7b, 0xff]), {}, 400, -32700, 'not valid UTF-8'],
  ['a batch', `[${ping},${ping}]`, {}, 400, -32600, 'a list of 2 messages'],
  ['a string', '"ping"', {}, 400, -32600, 'expected an object'],
  ['another JSON-RPC', '{"jsonrpc":"1.0","id":1,"method":"ping"}', {}, 400, -32600, '/jsonrpc'],
  ['no method', '{"jsonrpc":"2.0","id":1}', {}, 400, -32600, '/method'],
  ['an id that is null', '{"jsonrpc":"2.0","id":null,"method":"ping"}', {}, 400, -32600, '/id'],
  [
    'a list of params',
    '{"jsonrpc":"2.0","id":1,"method":"ping","params":[]}',
    {},
    400,
    -32600,
    '/params',
  ],
  ['a deep value', `${'['.repeat(40_000)}${']'.repeat(40_000)}`, {}, 400, -32600, 'a list of 1'],
  ['too much', `"${'x'.repeat(100_001)}"`, {}, 413, -32000, 'too large'],
  ['a text', ping, { headers: { 'content-type': 'text/plain' } }, 415, -32000, 'text/plain'],
  ['a packed body', ping, { headers: { 'content-encoding': 'gzip' } }, 415, -32000, 'gzip'],
  [
    'who takes JSON only',
    ping,
    { headers: { accept: 'application/json' } },
    406,
    -32000,
    'text/event-stream',
  ],
  [
    'who takes no JSON',
    ping,
    { headers: { accept: 'text/event-stream' } },
    406,
    -32000,
    'application/json',
  ],
  [
    'a revision of the future',
    ping,
    { headers: { 'mcp-protocol-version': '2025-12-31' } },
    400,
    -32000,
    '2025-11-25',
  ],
  [
    'an unknown session',
    ping,
    { headers: { 'mcp-session-id': crypto.randomUUID() } },
    404,
    -32001,
    'no such session',
  ],
  [
    'a session that is none',
    ping,
    { headers: { 'mcp-session-id': "' or 1=1" } },
    404,
    -32001,
    'no such session',
  ],
  ['PUT', ping, { method: 'PUT' }, 405, -32000, 'PUT is not supported'],
  [
    'an unknown method',
    '{"jsonrpc":"2.0","id":7,"method":"resources/list"}',
    {},
    200,
    -32601,
    'tools only',
  ],
  [
    'a cursor of elsewhere',
    '{"jsonrpc":"2.0","id":7,"method":"tools/list","params":{"cursor":"x"}}',
    {},
    200,
    -32602,
    '/cursor',
  ],
  [
    'a number as a cursor',
    '{"jsonrpc":"2.0","id":7,"method":"tools/list","params":{"cursor":1}}',
    {},
    200,
    -32602,
    '/cursor',
  ],
  [
    'a level that is none',
    '{"jsonrpc":"2.0","id":7,"method":"logging/setLevel","params":{"level":"loud"}}',
    {},
    200,
    -32602,
    'debug, info',
  ],
  [
    'arguments that are a list',
    '{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"listPets","arguments":[]}}',
    {},
    200,
    -32602,
    '/arguments',
  ],
  [
    'a call without a name',
    '{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{}}',
    {},
    200,
    -32602,
    '/name',
  ],
  [
    'an initialize without a version',
    '{"jsonrpc":"2.0","id":7,"method":"initialize","params":{"capabilities":{},"clientInfo":{}}}',
    {},
    200,
    -32602,
    '/protocolVersion',
  ],
  ['an agent with control characters', ping, { agent: 'a%00b' }, 400, -32600, 'control characters'],
];

it.each(refused)('refuses %s', async (_what, body, options, status, code, sentence) => {
  const answer = await mcp.send(body, options);
  expect([answer.status, answer.body.error.code]).toEqual([status, code]);
  expect(answer.body.error.message).toContain(sentence);
  expect(answer.body.jsonrpc).toBe('2.0');
  if (status === 200) expect(answer.body.id).toBe(7);
});

it('says which methods there are', async () => {
  const { headers } = await mcp.send('', { method: 'PUT' });
  expect(headers.get('allow')).toBe('POST, GET, DELETE');
});

describe('a session', () => {
  it.each([
    ['2025-11-25', '2025-11-25'],
    ['2025-06-18', '2025-06-18'],
    ['2025-03-26', '2025-03-26'],
    ['1999-01-01', '2025-11-25'],
  ])('that asks for %s begins in %s', async (asked, given) => {
    const params = {
      protocolVersion: asked,
      capabilities: {},
      clientInfo: { name: 't', version: '1' },
    };
    const { status, headers, body } = await mcp.rpc('initialize', params);
    expect(status).toBe(200);
    expect(headers.get('mcp-session-id')).toMatch(/^[0-9a-f-]{36}$/);
    expect(body.result).toEqual({
      protocolVersion: given,
      capabilities: { tools: { listChanged: true }, logging: {} },
      serverInfo: { name: 'toolgraph', title: 'Toolgraph', version: '0.1.0' },
    });
  });

  it('answers pings and takes notifications and answers without an answer', async () => {
    const headers = await mcp.begin();
    expect((await mcp.rpc('ping', {}, { headers })).body.result).toEqual({});
    for (const text of [
      '{"jsonrpc":"2.0","method":"notifications/initialized"}',
      '{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":99}}',
      '{"jsonrpc":"2.0","id":4,"result":{}}',
    ]) {
      const { status, body } = await mcp.send(text, { headers });
      expect([status, body]).toEqual([202, undefined]);
    }
  });

  it('is over once it was deleted', async () => {
    const headers = await mcp.begin();
    expect((await mcp.send('', { method: 'DELETE', headers })).status).toBe(204);
    expect((await mcp.rpc('ping', {}, { headers })).status).toBe(404);
    expect((await mcp.send('', { method: 'DELETE', headers })).status).toBe(404);
  });

  it('belongs to the agent that it began with', async () => {
    const headers = await mcp.begin();
    expect((await mcp.rpc('ping', {}, { headers, agent: 'other' })).status).toBe(404);
  });

  it('is needed to hear of changes, and asked for by name', async () => {
    const missing = await mcp.send('', { method: 'GET' });
    expect([missing.status, missing.body.error.message]).toEqual([
      400,
      expect.stringContaining('Mcp-Session-Id'),
    ]);
    const headers = { ...(await mcp.begin()), accept: 'application/json' };
    expect((await mcp.send('', { method: 'GET', headers })).status).toBe(406);
    const event = { ...(await mcp.begin()), 'last-event-id': 'c-1' };
    expect((await mcp.send('', { method: 'GET', headers: event })).status).toBe(400);
  });
});

it('a request without a session is answered by itself', async () => {
  const { status, body } = await mcp.rpc(
    'tools/list',
    {},
    {
      headers: { 'mcp-protocol-version': '2025-06-18' },
    },
  );
  expect([status, body.result.tools.length]).toEqual([200, 11]);
});

describe('revision 2026-07-28', () => {
  const headersOf = (method: string, name?: string) => ({
    'mcp-protocol-version': modern,
    'mcp-method': method,
    ...(name ? { 'mcp-name': name } : {}),
  });
  const ask = (method: string, params: object = {}, headers: object = headersOf(method)) =>
    mcp.rpc(method, { ...params, _meta: envelope }, { headers: { ...headers } });

  it('is discovered', async () => {
    const { status, body } = await ask('server/discover');
    expect([status, body.result.supportedVersions]).toEqual([200, [modern]]);
    expect(body.result.capabilities).toEqual({ tools: { listChanged: true }, logging: {} });
  });

  it('lists the same with plain headers as with encoded ones, which the SDK reads', async () => {
    const plain = await ask('tools/call', { name: 'petText' }, headersOf('tools/call', 'petText'));
    const encoded = `=?base64?${Buffer.from('petText').toString('base64')}?=`;
    const read = await ask('tools/call', { name: 'petText' }, headersOf('tools/call', encoded));
    for (const { body } of [plain, read]) delete body.result._meta['toolgraph/callId'];
    expect(read.body.result).toEqual(plain.body.result);
    expect(plain.body.result).toMatchObject({
      resultType: 'complete',
      content: [{ type: 'text', text: 'plain words' }],
    });
    const list = await ask('tools/list');
    expect(list.body.result).toMatchObject({
      resultType: 'complete',
      ttlMs: 0,
      cacheScope: 'private',
    });
    expect(list.body.result.tools).toHaveLength(11);
  });

  it.each([
    ['a missing method header', 'tools/list', { 'mcp-protocol-version': modern }, 400, -32020],
    ['another method in the header', 'tools/list', headersOf('tools/call'), 400, -32020],
    ['a header of another revision', 'ping', { 'mcp-protocol-version': '2025-11-25' }, 400, -32020],
    ['a method that is gone', 'ping', headersOf('ping'), 404, -32601],
  ])('refuses %s', async (_what, method, headers, status, code) => {
    const answer = await ask(method, {}, headers);
    expect([answer.status, answer.body.error.code]).toEqual([status, code]);
  });

  it('has no GET', async () => {
    const headers = { 'mcp-protocol-version': modern };
    expect((await mcp.send('', { method: 'GET', headers })).status).toBe(405);
  });
});

describe('the list of tools', () => {
  it('comes in pages that add up, local tools last', async () => {
    const em = mcp.app.ports.storage.fork();
    for (const app of ['a', 'b', 'c', 'd', 'e']) {
      await seedCatalog(em, { tenant: 'large', app, apis: 90, agents: ['many'] });
    }
    const names: string[] = [];
    const sizes: number[] = [];
    for (let cursor: string | undefined; ; ) {
      const options = { agent: 'many', query: '?local=1', headers: { 'x-tenantid': 'large' } };
      const { body } = await mcp.rpc('tools/list', cursor ? { cursor } : {}, options);
      const { tools, nextCursor } = body.result;
      names.push(...tools.map(({ name }: { name: string }) => name));
      sizes.push(tools.length);
      cursor = nextCursor;
      if (cursor === undefined) break;
    }
    expect(sizes.slice(0, 2)).toEqual([200, 200]);
    expect(sizes).toHaveLength(3);
    expect(new Set(names).size).toBe(names.length);
    expect(names.slice(0, 450).every((name) => name.startsWith('get_01'))).toBe(true);
    expect(names.slice(450)).toContain('end_call');
  });

  it('has what the documents say of them', async () => {
    const { body } = await mcp.rpc('tools/list');
    const byName = Object.fromEntries(
      body.result.tools.map((tool: { name: string }) => [tool.name, tool]),
    );
    expect(byName.listPets).toEqual({
      name: 'listPets',
      title: 'All pets',
      description: 'All pets',
      inputSchema: {
        type: 'object',
        properties: { size: { type: 'integer', minimum: 1 } },
        additionalProperties: false,
      },
      annotations: { readOnlyHint: true, openWorldHint: true },
    });
    expect(byName.typedPet.outputSchema).toMatchObject({
      type: 'object',
      required: ['method', 'url'],
    });
    expect(byName.petNames).not.toHaveProperty('outputSchema');
    const hints = ['addPet', 'putPet', 'dropPet', 'patchPet'].map((name) => {
      const { destructiveHint, idempotentHint } = byName[name].annotations;
      return [name, destructiveHint, idempotentHint];
    });
    expect(hints).toEqual([
      ['addPet', false, false],
      ['putPet', true, true],
      ['dropPet', true, true],
      // Its document says so.
      ['patchPet', false, false],
    ]);
  });

  it('has local tools when they are asked for, and says who executes them', async () => {
    const { body } = await mcp.rpc('tools/list', {}, { query: '?local=1' });
    const local = body.result.tools.slice(11);
    expect(local.length).toBeGreaterThan(5);
    for (const tool of local) expect(tool._meta).toEqual({ 'toolgraph/executedBy': 'agent' });
    const alone = await mcp.rpc('tools/list', {}, { query: '?local=1', agent: 'nobody' });
    expect(alone.body.result.tools).toEqual(local);
    const none = await mcp.rpc('tools/list', {}, { agent: 'nobody' });
    expect(none.body.result).toEqual({ tools: [] });
  });
});
