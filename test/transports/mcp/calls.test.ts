import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { anMcpApp, caller, givePets, type McpApp } from './mcp-app.js';

let mcp: McpApp;
beforeAll(async () => {
  mcp = await anMcpApp({ env: { LIVE_PING_MS: '100' } });
  await givePets(mcp.app, mcp.upstream.origin);
});
afterAll(() => mcp[Symbol.asyncDispose]());

const modes = ['legacy', { pin: '2026-07-28' }] as const;

describe.each(modes)("the SDK's client in mode %j", (mode) => {
  const connect = () => mcp.connect({ versionNegotiation: { mode } });

  it('lists tools and calls them', async () => {
    await using client = await connect();
    const { tools } = await client.listTools();
    expect(tools.map(({ name }) => name)).toContain('typedPet');
    const result = await client.callTool({ name: 'typedPet', arguments: {} });
    expect(result.structuredContent).toMatchObject({ method: 'GET', url: '/typed' });
    expect(JSON.parse((result.content[0] as { text: string }).text)).toEqual(
      result.structuredContent,
    );
  });

  it('gets text as text', async () => {
    await using client = await connect();
    const { content, isError } = await client.callTool({ name: 'petText', arguments: {} });
    expect([content, isError]).toEqual([[{ type: 'text', text: 'plain words' }], undefined]);
  });

  it('gets an answer that does not fit the output schema as one that succeeded all the same', async () => {
    await using client = await connect();
    await client.listTools();
    const { content, isError } = await client.callTool({ name: 'wrongPet', arguments: {} });
    expect(isError).toBe(true);
    const [note, answer] = content as { text: string }[];
    expect(note?.text).toContain('succeeded with status 200: do not repeat it');
    expect(note?.text).toContain('/age is missing');
    expect(JSON.parse(answer?.text ?? '')).toMatchObject({ url: '/wrong' });
  });

  it('gets what an upstream refuses as an error that can be acted on', async () => {
    await using client = await connect();
    const { content, isError, _meta } = await client.callTool({ name: 'lostPet', arguments: {} });
    expect(isError).toBe(true);
    const [{ text } = { text: '' }] = content as { text: string }[];
    expect(text).toContain('The upstream answered with 404 Not Found.');
    expect(text).toContain('"url":"/status/404"');
    expect(_meta).toMatchObject({ 'toolgraph/outcome': 'FAILED', 'toolgraph/status': 404 });
  });

  it('gets wrong arguments back as a result that says what is wrong', async () => {
    await using client = await connect();
    const args = { size: 0, colour: 'red' };
    const { content, isError } = await client.callTool({ name: 'listPets', arguments: args });
    const [{ text } = { text: '' }] = content as { text: string }[];
    expect(isError).toBe(true);
    expect(text).toContain('/colour is not known');
    expect(text).toContain('/size');
  });

  it('is told of a tool that there is not, with those that are near', async () => {
    await using client = await connect();
    await expect(client.callTool({ name: 'listPet', arguments: {} })).rejects.toMatchObject({
      code: -32602,
      message: expect.stringContaining('Did you mean "listPets"'),
    });
    await expect(client.callTool({ name: 'x'.repeat(300) })).rejects.toMatchObject({
      code: -32602,
    });
  });

  it('is told that a local tool is its own to execute', async () => {
    await using client = await connect();
    const { content, isError } = await client.callTool({ name: 'end_call', arguments: {} });
    expect([isError, JSON.stringify(content)]).toEqual([
      true,
      expect.stringContaining('the agent executes it itself'),
    ]);
  });

  it('gives up a call, and the upstream hears of it', async () => {
    await using own = await anMcpApp();
    await givePets(own.app, own.upstream.origin);
    await using client = await own.connect({ versionNegotiation: { mode } });
    const stop = new AbortController();
    const call = client.callTool({ name: 'heldPet', arguments: {} }, { signal: stop.signal });
    await own.upstream.came(1);
    stop.abort('enough');
    await expect(call).rejects.toThrow('enough');
    await own.upstream.gone;
  });
});

it('a call that takes long is answered by a stream that is kept alive', async () => {
  await using own = await anMcpApp({ env: { LIVE_PING_MS: '100' } });
  await givePets(own.app, own.upstream.origin);
  const headers = await own.begin();
  const answer = await fetch(own.url(), {
    method: 'POST',
    headers: {
      ...caller,
      ...headers,
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
    },
    body: JSON.stringify({
      jsonrpc: '2.0',
      id: 5,
      method: 'tools/call',
      params: { name: 'heldPet' },
    }),
  });
  expect(answer.headers.get('content-type')).toBe('text/event-stream');
  own.upstream.release();
  const text = await answer.text();
  const [comment, primed, ...rest] = text.trimEnd().split('\n\n');
  expect([comment, primed]).toEqual([
    ': ',
    expect.stringMatching(/^retry: \d+\nid: c-\d+\ndata: $/),
  ]);
  const data = rest.at(-1)?.replace(/^(.*\n)*data: /, '') ?? '';
  expect(JSON.parse(data)).toMatchObject({ id: 5, result: { content: [{ type: 'text' }] } });
});

it('equal calls under one key are made once', async () => {
  const call = (args: object) =>
    mcp.rpc('tools/call', {
      name: 'addPet',
      arguments: args,
      _meta: { 'toolgraph/idempotencyKey': 'one' },
    });
  const before = mcp.upstream.seen.length;
  const [first, again] = [await call({ name: 'Rex' }), await call({ name: 'Rex' })];
  expect(mcp.upstream.seen.length - before).toBe(1);
  expect(again.body.result._meta).toMatchObject({
    'toolgraph/callId': first.body.result._meta['toolgraph/callId'],
    'toolgraph/replayed': true,
  });
  const other = await call({ name: 'Tom' });
  expect(other.body.result).toMatchObject({ isError: true });
  expect(other.body.result.content[0].text).toContain('was used with other arguments');
});

it('a level that was asked for is kept with the session', async () => {
  const headers = await mcp.begin();
  const { body } = await mcp.rpc('logging/setLevel', { level: 'warning' }, { headers });
  expect(body.result).toEqual({});
});

it('clients that close their connection leave nothing behind', async () => {
  const transport = new StreamableHTTPClientTransport(mcp.url(), {
    requestInit: { headers: caller },
  });
  const client = new Client({ name: 'test', version: '1' });
  await client.connect(transport);
  const { sessionId } = transport;
  await transport.terminateSession();
  await client.close();
  const headers = { 'mcp-session-id': sessionId ?? '' };
  expect((await mcp.rpc('ping', {}, { headers })).status).toBe(404);
});
