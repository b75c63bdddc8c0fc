import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { print } from 'graphql';
import { createClient } from 'graphql-sse';
import { SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CatalogChangedDocument } from '../../generated/documents.js';
import { aLiveApp, type LiveApp } from './live-app.js';

/** PROTOCOL.md of graphql-sse, "Distinct connections mode". */

const query = print(CatalogChangedDocument);
const revisions = 'subscription ($after: Revision) { catalogChanged(after: $after) { revision } }';
const change = (revision: string) => ({ data: { catalogChanged: { revision } } });

type Event = { event: string; data: unknown };
type Stream = AsyncDisposable & {
  status: number;
  headers: Headers;
  /** The next event; null at the end. Comments are passed over. */
  next(): Promise<Event | null>;
  rest(): Promise<string>;
};

type Asking = { tenant?: string; headers?: Record<string, string>; body?: object };

async function open(url: string, { tenant = 'acme', headers = {}, body }: Asking = {}) {
  const gone = new AbortController();
  const answer = await fetch(url, {
    signal: gone.signal,
    headers: { accept: 'text/event-stream', 'x-tenantid': tenant, ...headers },
    ...(body && { method: 'POST', body: JSON.stringify(body) }),
    ...(body && {
      headers: {
        ...{ accept: 'text/event-stream', 'content-type': 'application/json' },
        ...{ 'x-tenantid': tenant, ...headers },
      },
    }),
  });
  const reader = answer.body?.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  const stream: Stream = {
    status: answer.status,
    headers: answer.headers,
    next: async () => {
      for (;;) {
        const end = text.indexOf('\n\n');
        if (end >= 0) {
          const lines = text.slice(0, end).split('\n');
          text = text.slice(end + 2);
          if (lines[0] === ':') continue;
          const [event = '', data = ''] = lines;
          const json = data.slice('data:'.length);
          return { event: event.slice('event: '.length), data: json && JSON.parse(json) };
        }
        const chunk = await reader?.read();
        if (!chunk || chunk.done) return null;
        text += chunk.value;
      }
    },
    rest: async () => {
      for (let chunk = await reader?.read(); chunk && !chunk.done; chunk = await reader?.read()) {
        text += chunk.value;
      }
      return text;
    },
    [Symbol.asyncDispose]: async () => gone.abort(),
  };
  return stream;
}

let live: LiveApp;
beforeAll(async () => {
  live = await aLiveApp({
    env: { LIVE_MAX_LAG: '20', LIVE_PING_MS: '500', LIVE_MAX_CONNECTIONS: '3' },
  });
});
afterAll(() => live[Symbol.asyncDispose]());

it('tells the real client missed and live changes', async () => {
  const tenant = 'client';
  const client = createClient({ url: live.url, headers: { 'x-tenantId': tenant } });
  await live.write({ tenant });
  const results = client.iterate({ query, variables: { after: '0' } });
  expect((await results.next()).value).toMatchObject(change('1'));
  await live.write({ tenant });
  expect((await results.next()).value).toMatchObject(change('2'));
  client.dispose();
});

it('tells the real client an error as a result, and completes', async () => {
  const client = createClient({ url: live.url, headers: { 'x-tenantId': 'acme' } });
  const results = [];
  for await (const result of client.iterate({ query, variables: { after: '999' } })) {
    results.push(result);
  }
  expect(results).toMatchObject([
    { errors: [{ extensions: { code: 'CONFLICT', reason: 'REVISION_UNKNOWN' } }] },
  ]);
});

describe('a stream', () => {
  it('is asked for by GET as well', async () => {
    const tenant = 'get';
    await live.write({ tenant });
    const search = new URLSearchParams({ query: revisions, variables: '{"after":"0"}' });
    await using stream = await open(`${live.url}?${search}`, { tenant });
    expect(stream.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    expect(await stream.next()).toEqual({ event: 'next', data: change('1') });
  });

  it('tells the result of a query, and completes', async () => {
    const body = { query: '{ catalogRevision }' };
    await using stream = await open(live.url, { tenant: 'query', body });
    expect(await stream.next()).toEqual({
      event: 'next',
      data: { data: { catalogRevision: '0' } },
    });
    expect(await stream.next()).toEqual({ event: 'complete', data: '' });
    expect(await stream.next()).toBeNull();
  });

  it('refuses a mutation by GET, and writes nothing', async () => {
    const id = '00000000-0000-4000-8000-000000000000';
    const search = new URLSearchParams({ query: `mutation { deleteApi(id: "${id}") }` });
    await using stream = await open(`${live.url}?${search}`);
    expect(await stream.next()).toMatchObject({
      data: { errors: [{ message: expect.stringContaining('POST') }] },
    });
    expect(await stream.next()).toMatchObject({ event: 'complete' });
  });

  it.each([
    ['is not valid', { query: 'subscription { nothing }' }],
    ['cannot be parsed', { query: 'subscription {' }],
  ])('tells an error for what %s', async (_, body) => {
    await using stream = await open(live.url, { body });
    expect(stream.status).toBe(200);
    expect(await stream.next()).toMatchObject({
      ...{ event: 'next' },
      data: { errors: [{ extensions: { code: 'BAD_USER_INPUT' } }] },
    });
    expect(await stream.next()).toMatchObject({ event: 'complete' });
  });

  it.each([
    ['without a query', 400, { body: {} }],
    ['with variables that are a list', 400, { body: { query: '{ a }', variables: [] } }],
    ['of no tenant', 400, { body: { query: revisions }, headers: { 'x-tenantid': '' } }],
    ['of a page of another origin', 403, { headers: { origin: 'http://evil.example' } }],
  ])('is refused before it begins %s', async (_, status, asking) => {
    await using stream = await open(live.url, asking);
    expect(stream.status).toBe(status);
    expect(JSON.parse(await stream.rest())).toMatchObject({
      errors: [{ message: expect.any(String), extensions: { code: expect.any(String) } }],
    });
  });

  it('says that it lives', async () => {
    const answer = await rawStream(live.url, 'alive');
    let text = '';
    for await (const chunk of answer) {
      text += chunk;
      if (text.startsWith(':\n\n:\n\n')) break;
    }
  });

  it('is one of so many of a caller, and one that is given up is free', async () => {
    const tenant = 'many';
    await live.write({ tenant });
    const body = { query: revisions, variables: { after: '0' } };
    const streams = await Promise.all([1, 2, 3].map(() => open(live.url, { tenant, body })));
    for (const stream of streams) expect(await stream.next()).toMatchObject({ event: 'next' });
    await using refused = await open(live.url, { tenant, body });
    expect(refused.status).toBe(429);
    expect(await refused.rest()).toContain('at most 3 are allowed');
    for (const stream of streams) await stream[Symbol.asyncDispose]();
    for (;;) {
      await using again = await open(live.url, { tenant, body });
      if (again.status === 200) break;
    }
  });
});

/** An answer that is read only when asked to. */
async function rawStream(url: string, tenant: string, asked = revisions, after = '0') {
  const search = new URLSearchParams({ query: asked, variables: JSON.stringify({ after }) });
  const headers = { accept: 'text/event-stream', 'x-tenantid': tenant };
  const request = get(`${url}?${search}`, { headers, agent: false });
  const [answer] = (await once(request, 'response')) as [IncomingMessage];
  return answer.setEncoding('utf8');
}

describe('pressure', () => {
  const large = Array.from({ length: 90 }, (_, n) => `a${'x'.repeat(40)}${n}: agents { id }`);
  const asked = `subscription ($after: Revision) { catalogChanged(after: $after) { revision ${large} } }`;
  const agentIds = Array.from({ length: 60 }, (_, n) => `agent-${n}`);

  it('who reads slowly is told where to resume', async () => {
    const tenant = 'slow';
    // However long the writing takes, who pauses meanwhile does not count as gone.
    await using patient = await aLiveApp({ env: { LIVE_MAX_LAG: '20' } });
    await patient.write({ tenant, agentIds });
    const answer = await rawStream(patient.url, tenant, asked);
    await once(answer, 'readable');
    for (let count = 0; count < 80; count += 1) await patient.write({ tenant, agentIds });
    let text = '';
    for await (const chunk of answer) text += chunk;
    const told = [...text.matchAll(/"revision":"(\d+)"/g)].map(([, revision]) => Number(revision));
    expect(told).toEqual(told.map((_, index) => index + 1));
    expect(told.length).toBeLessThan(81);
    expect(text).toContain('"reason":"SLOW_SUBSCRIBER"');
    expect(text).toContain(`"resumeAfter":"${told.length}"`);
    expect(text).toMatch(/event: complete\ndata:\n\n$/);
  });

  it('who reads nothing at all is cut off', async () => {
    const tenant = 'deaf';
    await live.write({ tenant, agentIds });
    const connected = once(live.app.server.server, 'connection');
    const answer = await rawStream(live.url, tenant, asked);
    const [connection] = (await connected) as [Socket];
    await once(answer, 'readable');
    while (!connection.destroyed) await live.write({ tenant, agentIds });
    answer.on('error', () => {});
    answer.destroy();
  });
});

it('ends when the token expires', async () => {
  const secret = 'a secret of more than thirty-two bytes';
  await using guarded = await aLiveApp({ env: { AUTH_JWT_SECRET: secret } });
  const exp = Math.floor(Date.now() / 1000) + 2;
  const token = await new SignJWT({ tenant_id: 'acme', sub: 'ann', exp })
    .setProtectedHeader({ alg: 'HS256' })
    .sign(new TextEncoder().encode(secret));
  const body = { query: revisions };
  await using none = await open(guarded.url, { body });
  expect(none.status).toBe(401);
  await using stream = await open(guarded.url, {
    ...{ body, headers: { authorization: `Bearer ${token}` } },
  });
  expect(await stream.next()).toMatchObject({
    ...{ event: 'next' },
    data: {
      errors: [{ message: 'The token has expired.', extensions: { code: 'UNAUTHENTICATED' } }],
    },
  });
  expect(await stream.next()).toMatchObject({ event: 'complete' });
  expect(await stream.next()).toBeNull();
});
