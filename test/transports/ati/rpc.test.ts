import { afterAll, beforeAll, expect, it } from 'vitest';
import { type AtiScene, anAtiScene, aToken } from './ati-app.js';
import { must } from './requirements.js';

let ati: AtiScene;
beforeAll(async () => {
  ati = await anAtiScene();
});
afterAll(() => ati[Symbol.asyncDispose]());

const send = (body: unknown) => ati.ask('/mcp', { body });

it(must('rpc-initialize'), async () => {
  const { json } = await ati.rpc('initialize', { protocolVersion: '1999-01-01' });
  expect(json).toEqual({
    ...{ jsonrpc: '2.0', id: 7 },
    result: {
      protocolVersion: '2025-03-26',
      capabilities: { tools: { listChanged: false } },
      serverInfo: { name: 'ati-proxy', version: expect.any(String) },
    },
  });
});

it(must('rpc-initialized'), async () => {
  const answer = await send({ jsonrpc: '2.0', method: 'notifications/initialized', id: 5 });
  expect({ status: answer.status, text: answer.text }).toEqual({ status: 202, text: 'null' });
});

it(must('rpc-list'), async () => {
  const token = await aToken({ scope: 'tool:files:search' });
  const { json } = await ati.rpc('tools/list', {}, { token });
  expect(json.result).toEqual({
    tools: [
      {
        ...{ name: 'files:search', description: 'Tool search of files' },
        inputSchema: expect.objectContaining({ type: 'object' }),
      },
    ],
  });
});

it(must('rpc-call'), async () => {
  const call = async (name: string, args?: unknown) =>
    (await ati.rpc('tools/call', { name, arguments: args })).json.result;
  expect(await call('files:search', { text: 'x' })).toEqual({
    ...{ content: [{ type: 'text', text: 'found {"text":"x"}' }], isError: false },
  });
  expect(await call('files:search', 'not an object')).toMatchObject({ isError: false });
  expect(await call('pet-store:petText')).toEqual({
    ...{ content: [{ type: 'text', text: 'roses are red' }], isError: false },
  });
  const { content } = await call('pet-store:listPets', { n: 5 });
  expect(content[0].text).toBe(
    JSON.stringify({ method: 'GET', path: '/pets', query: { n: '5' } }, null, 2),
  );
  expect((await call('files:picture')).content[0]).toEqual({
    ...{ type: 'image', data: 'aGk=', mimeType: 'image/png' },
  });
  expect(await call('pet-store:broken')).toEqual({
    content: [{ type: 'text', text: expect.stringMatching(/^Error: Upstream API error: /) }],
    isError: true,
  });
  expect(await call('files:fail')).toMatchObject({
    ...{ content: [{ text: expect.stringMatching(/^Error: /) }, { text: 'no such thing' }] },
    isError: true,
  });
  expect(await call('pet-store:getPet')).toMatchObject({
    ...{ content: [{ text: expect.stringContaining('/id is missing') }], isError: true },
  });
  const file = await call('file_manager:download', { url: `${ati.files.origin}/text` });
  expect(JSON.parse(file.content[0].text)).toMatchObject({ success: true, size_bytes: 13 });
});

it(must('rpc-errors'), async () => {
  const code = async (method: string, params?: unknown, token?: string) => {
    const { status, json } = await ati.rpc(method, params, token ? { token } : {});
    expect(status).toBe(200);
    expect(json).toMatchObject({ jsonrpc: '2.0', id: 7, error: { message: expect.any(String) } });
    return [json.error.code, json.error.message];
  };
  expect(await code('tools/call', {})).toEqual([-32602, 'Missing tool name in params.name']);
  expect(await code('tools/call', { name: 'nope' })).toEqual([-32602, "Unknown tool: 'nope'"]);
  expect(await code('tools/call', { name: 'files_search' })).toEqual([
    ...[-32602, "Unknown tool: 'files_search'"],
  ]);
  const token = await aToken({ scope: 'tool:files:*' });
  expect(await code('tools/call', { name: 'pet-store:listPets' }, token)).toEqual([
    ...[-32001, "Access denied: 'pet-store:listPets' is not in your scopes"],
  ]);
  expect(await code('resources/list')).toEqual([-32601, "Method not found: 'resources/list'"]);
  expect((await send({ jsonrpc: '2.0', id: 1 })).json.error.code).toBe(-32601);
});

it(must('rpc-null-params'), async () => {
  for (const id of [1, 'one', 1.5, null]) {
    const { json } = await send({ jsonrpc: '2.0', id, method: 'ping', params: null });
    expect(json).toEqual({ jsonrpc: '2.0', id, result: {} });
  }
});

it(must('rpc-superset'), async () => {
  expect((await send({ jsonrpc: '2.0', method: 'notifications/cancelled' })).status).toBe(202);
  const { json } = await send([
    { jsonrpc: '2.0', id: 1, method: 'ping' },
    { jsonrpc: '2.0', method: 'notifications/initialized' },
    { jsonrpc: '2.0', id: 2, method: 'nope' },
    5,
  ]);
  expect(json).toEqual([
    { jsonrpc: '2.0', id: 1, result: {} },
    { jsonrpc: '2.0', id: 2, error: expect.objectContaining({ code: -32601 }) },
    { jsonrpc: '2.0', id: null, error: expect.objectContaining({ code: -32600 }) },
  ]);
  expect((await send([{ jsonrpc: '2.0', method: 'x' }])).status).toBe(202);
  for (const body of [
    [],
    Array(51).fill({ jsonrpc: '2.0', id: 1, method: 'ping' }),
    5,
    '"x"',
    null,
  ]) {
    if (body === null) continue;
    expect((await send(body)).json.error.code).toBe(-32600);
  }
});
