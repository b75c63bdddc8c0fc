import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { aLiveApp, type LiveApp } from './live-app.js';
import { openInitialised, openRaw } from './raw-socket.js';

/** PROTOCOL.md of graphql-ws, in the order of its headings, spoken by a socket that may break it. */

let live: LiveApp;
beforeAll(async () => {
  live = await aLiveApp({ env: { LIVE_INIT_TIMEOUT_MS: '1000' } });
});
afterAll(() => live[Symbol.asyncDispose]());

const init = { type: 'connection_init', payload: { 'x-tenantId': 'acme' } };
const revisions = 'subscription ($after: Revision) { catalogChanged(after: $after) { revision } }';
const follow = (id: string, after: string | null = null) => ({
  ...{ id, type: 'subscribe' },
  payload: { query: revisions, variables: { after } },
});
const ask = (id: string, query: string) => ({ id, type: 'subscribe', payload: { query } });
const changeOf = (id: string, revision: string) => ({
  ...{ id, type: 'next' },
  payload: { data: { catalogChanged: { revision } } },
});

describe('communication', () => {
  it('takes its sub-protocol among others', async () => {
    await using raw = await openRaw(live.url, { protocol: ['other', 'graphql-transport-ws'] });
    expect(raw.socket.protocol).toBe('graphql-transport-ws');
  });

  it.each([['graphql-ws'], [[]]])('closes the sub-protocol %j with 4406', async (protocol) => {
    await using raw = await openRaw(live.url, { protocol });
    expect(await raw.closed).toEqual({ code: 4406, reason: 'Subprotocol not acceptable' });
  });

  it('answers an upgrade of another path as any request of it', async () => {
    const socket = new WebSocket(`${live.url.replace('http', 'ws')}/other`, 'graphql-transport-ws');
    const answer = await new Promise((resolve) =>
      socket.on('unexpected-response', (_, { statusCode }) => resolve(statusCode)),
    );
    expect(answer).toBe(404);
  });

  it('answers a request that could be upgraded to HTTP/2 as it is', async () => {
    const headers = {
      ...{ connection: 'Upgrade, HTTP2-Settings', upgrade: 'h2c', 'http2-settings': '' },
      ...{ 'x-tenantid': 'acme', 'apollo-require-preflight': '1' },
    };
    const status = await new Promise((resolve, reject) => {
      request(`${live.url}?query={catalogRevision}`, { headers }, ({ statusCode }) =>
        resolve(statusCode),
      )
        .on('error', reject)
        .end();
    });
    expect(status).toBe(200);
  });

  it('closes a message that is too large with 1009', async () => {
    await using raw = await openInitialised(live.url);
    raw.send(ask('1', `{ catalogRevision }${' '.repeat(1024 * 1024)}`));
    expect(await raw.closed).toMatchObject({ code: 1009 });
  });
});

describe('connection_init and connection_ack', () => {
  it('are one message each', async () => {
    await using raw = await openRaw(live.url);
    raw.send(init);
    expect(await raw.told()).toEqual({ type: 'connection_ack' });
  });

  it('may have no payload where the headers say who asks', async () => {
    await using raw = await openRaw(live.url, { headers: { 'x-tenantid': 'acme' } });
    raw.send({ type: 'connection_init', payload: null });
    expect(await raw.told()).toEqual({ type: 'connection_ack' });
  });

  it('close the socket with 4408 when the first is late', async () => {
    await using raw = await openRaw(live.url);
    expect(await raw.closed).toEqual({ code: 4408, reason: 'Connection initialisation timeout' });
  });

  it('close the socket with 4429 when the first comes twice', async () => {
    await using raw = await openInitialised(live.url);
    raw.send(init);
    expect(await raw.closed).toEqual({ code: 4429, reason: 'Too many initialisation requests' });
  });

  it('close the socket with 4429 when the first comes twice at once', async () => {
    await using raw = await openRaw(live.url);
    raw.send(init, init);
    expect(await raw.closed).toMatchObject({ code: 4429 });
  });
});

describe('ping and pong', () => {
  it('answers a ping before and after the connection, with its payload', async () => {
    await using raw = await openRaw(live.url);
    raw.send({ type: 'ping' });
    expect(await raw.told()).toEqual({ type: 'pong' });
    raw.send(init);
    expect(await raw.told()).toEqual({ type: 'connection_ack' });
    raw.send({ type: 'ping', payload: { at: 1 } });
    expect(await raw.told()).toEqual({ type: 'pong', payload: { at: 1 } });
  });

  it('takes a pong that nobody asked for', async () => {
    await using raw = await openInitialised(live.url);
    raw.send({ type: 'pong', payload: { beat: 1 } }, { type: 'ping' });
    expect(await raw.told()).toEqual({ type: 'pong' });
  });

  it('answers the ping of websockets', async () => {
    await using raw = await openInitialised(live.url);
    const pong = new Promise<Buffer>((resolve) => raw.socket.on('pong', resolve));
    raw.socket.ping('hello');
    expect((await pong).toString()).toBe('hello');
  });
});

describe('subscribe', () => {
  it('closes the socket with 4401 before the connection', async () => {
    await using raw = await openRaw(live.url);
    raw.send(follow('1'));
    expect(await raw.closed).toEqual({ code: 4401, reason: 'Unauthorized' });
  });

  it('closes the socket with 4401 before the acknowledgement', async () => {
    await using raw = await openRaw(live.url);
    raw.send(init, follow('1'));
    expect(await raw.closed).toMatchObject({ code: 4401 });
  });

  it('closes the socket with 4409 when the id is taken', async () => {
    await using raw = await openInitialised(live.url);
    raw.send(follow('1'), follow('1'));
    expect(await raw.closed).toEqual({ code: 4409, reason: 'Subscriber for 1 already exists' });
  });

  it('closes the socket with 4409 for a query under an id that is taken', async () => {
    await using raw = await openInitialised(live.url);
    raw.send(follow('1'), ask('1', '{ catalogRevision }'));
    expect(await raw.closed).toMatchObject({ code: 4409 });
  });

  it('cuts a reason that has no room', async () => {
    await using raw = await openInitialised(live.url);
    const id = 'ü'.repeat(100);
    raw.send(follow(id), follow(id));
    const { code, reason } = await raw.closed;
    expect(code).toBe(4409);
    expect(reason).toMatch(/^Subscriber for ü+…$/);
  });
});

describe('next, error and complete', () => {
  it('tells the result of a query once, then completes it', async () => {
    await using raw = await openInitialised(live.url, { tenant: 'quiet' });
    raw.send(ask('q', '{ catalogRevision }'));
    expect(await raw.told()).toEqual({
      ...{ id: 'q', type: 'next' },
      payload: { data: { catalogRevision: '0' } },
    });
    expect(await raw.told()).toEqual({ id: 'q', type: 'complete' });
  });

  it('tells an error of a field as a result', async () => {
    await using raw = await openInitialised(live.url);
    raw.send(ask('q', '{ catalogChanges(after: "0", first: 0) { revision } }'));
    expect(await raw.told()).toMatchObject({
      ...{ id: 'q', type: 'next' },
      payload: { data: null, errors: [{ path: ['catalogChanges'] }] },
    });
    expect(await raw.told()).toEqual({ id: 'q', type: 'complete' });
  });

  it.each([
    ['cannot be parsed', 'subscription {', 'BAD_USER_INPUT'],
    ['is not valid', 'subscription { nothing }', 'BAD_USER_INPUT'],
    [
      'lacks a variable',
      'subscription ($a: Revision!) { catalogChanged(after: $a) { kind } }',
      'BAD_USER_INPUT',
    ],
    [
      'asks from a revision that has not happened',
      'subscription { catalogChanged(after: "99999") { kind } }',
      'CONFLICT',
    ],
    [
      'asks for too much',
      `{ ${Array.from({ length: 101 }, (_, n) => `a${n}: catalogRevision`)} }`,
      'LIMIT_EXCEEDED',
    ],
  ])('tells an error, and no complete, for what %s', async (_, query, code) => {
    await using raw = await openInitialised(live.url);
    raw.send(ask('e', query));
    expect(await raw.told()).toMatchObject({
      ...{ id: 'e', type: 'error' },
      payload: [{ message: expect.any(String), extensions: { code } }],
    });
    raw.send({ type: 'ping' });
    expect(await raw.told()).toEqual({ type: 'pong' });
    raw.send(follow('e'));
    raw.send({ id: 'e', type: 'complete' }, { type: 'ping' });
    expect(await raw.told()).toEqual({ type: 'pong' });
  });

  it('stops a source that the caller completes, and lets its id be used again at once', async () => {
    const tenant = 'reuse';
    await using raw = await openInitialised(live.url, { tenant });
    raw.send(follow('1', '0'), follow('2', '0'));
    await live.write({ tenant });
    expect([await raw.told(), await raw.told()]).toEqual([changeOf('1', '1'), changeOf('2', '1')]);
    raw.send({ id: '1', type: 'complete' }, follow('1', '1'), { id: '2', type: 'complete' });
    raw.send({ type: 'ping' });
    expect(await raw.told()).toEqual({ type: 'pong' });
    await live.write({ tenant });
    expect(await raw.told()).toEqual(changeOf('1', '2'));
    await live.write({ tenant });
    expect(await raw.told()).toEqual(changeOf('1', '3'));
  });

  it('does not tell the result of a query that the caller completed', async () => {
    await using raw = await openInitialised(live.url);
    raw.send(ask('q', '{ catalogRevision }'), { id: 'q', type: 'complete' });
    raw.send(ask('r', '{ __typename }'));
    expect(await raw.told()).toMatchObject({ id: 'r', type: 'next' });
    expect(await raw.told()).toMatchObject({ id: 'r', type: 'complete' });
  });

  it('takes a complete of what is over, or never was', async () => {
    await using raw = await openInitialised(live.url);
    raw.send({ id: 'never', type: 'complete' }, { type: 'ping' });
    expect(await raw.told()).toEqual({ type: 'pong' });
  });

  it('runs several operations beside each other, and mutations', async () => {
    const tenant = 'beside';
    await using raw = await openInitialised(live.url, { tenant });
    raw.send(follow('s', '0'));
    await live.write({ tenant });
    expect(await raw.told()).toEqual(changeOf('s', '1'));
    raw.send(ask('m', 'mutation { deleteApi(id: "00000000-0000-4000-8000-000000000000") }'));
    expect(await raw.told()).toMatchObject({
      id: 'm',
      type: 'next',
      payload: { errors: [{ path: ['deleteApi'], extensions: { code: 'NOT_FOUND' } }] },
    });
    expect(await raw.told()).toMatchObject({ id: 'm', type: 'complete' });
    await live.write({ tenant });
    expect(await raw.told()).toEqual(changeOf('s', '2'));
  });
});

describe('an invalid message', () => {
  it.each([
    ['no JSON', 'hello'],
    ['no object', '[]'],
    ['null', 'null'],
    ['no type', '{}'],
    ['an unknown type', '{"type":"start"}'],
    ['a type that only servers say', '{"type":"connection_ack"}'],
    ['a result', '{"type":"next","id":"1","payload":{}}'],
    ['a subscribe without id', '{"type":"subscribe","payload":{"query":"{ catalogRevision }"}}'],
    ['a subscribe with an empty id', '{"type":"subscribe","id":"","payload":{"query":"{ a }"}}'],
    ['a subscribe without payload', '{"type":"subscribe","id":"1"}'],
    ['a subscribe without query', '{"type":"subscribe","id":"1","payload":{}}'],
    [
      'variables that are a list',
      '{"type":"subscribe","id":"1","payload":{"query":"{ a }","variables":[]}}',
    ],
    ['a complete without id', '{"type":"complete"}'],
    ['a payload of a ping that is a text', '{"type":"ping","payload":"hi"}'],
  ])('closes the socket with 4400: %s', async (_, message) => {
    await using raw = await openInitialised(live.url);
    raw.send(message);
    expect(await raw.closed).toEqual({ code: 4400, reason: 'Invalid message received' });
  });

  it('closes the socket with 4400: bytes', async () => {
    await using raw = await openInitialised(live.url);
    raw.socket.send(Buffer.from('{"type":"ping"}'));
    expect(await raw.closed).toMatchObject({ code: 4400 });
  });

  it('is the last one that is heard', async () => {
    const tenant = 'last';
    await using raw = await openInitialised(live.url, { tenant });
    const id = '00000000-0000-4000-8000-000000000000';
    raw.send('{}', ask('m', `mutation { deleteApi(id: "${id}") }`), { type: 'ping' });
    await expect(raw.told()).rejects.toThrow('4400');
  });
});
