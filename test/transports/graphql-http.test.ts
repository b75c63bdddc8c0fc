import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pino } from 'pino';
import { request } from 'undici';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AssignToolsDocument, CatalogChangesDocument } from '../generated/documents.js';
import { type GraphqlHarness, openGraphqlHarness } from '../support/graphql-harness.js';

const tenant = { 'x-tenantid': 'acme', 'x-appid': 'shop' };
const json = { ...tenant, 'content-type': 'application/json' };
const revision = '{ catalogRevision }';

let harness: GraphqlHarness;
const lines: string[] = [];

beforeAll(async () => {
  const logger = pino({ level: 'info' }, { write: (line) => void lines.push(line) });
  harness = await openGraphqlHarness({ logger, maxBodyBytes: 100_000 });
});
afterAll(() => harness[Symbol.asyncDispose]());

async function post(payload: object | string | Buffer, headers: Record<string, string> = json) {
  const reply = await harness.server.inject({ method: 'POST', url: '/graphql', headers, payload });
  return { status: reply.statusCode, type: reply.headers['content-type'], body: reply.json() };
}

describe('GraphQL over HTTP', () => {
  it.each([
    ['application/json', 'application/json; charset=utf-8'],
    ['application/graphql-response+json', 'application/graphql-response+json; charset=utf-8'],
    ['*/*', 'application/json; charset=utf-8'],
  ])('answers a caller that accepts %s in its media type', async (accept, type) => {
    const answer = await post({ query: revision }, { ...json, accept });
    expect(answer).toEqual({ status: 200, type, body: { data: { catalogRevision: '0' } } });
  });

  it('answers a query by GET from a caller that no form of a web page could be', async () => {
    const url = `/graphql?query=${encodeURIComponent(revision)}`;
    const headers = { ...tenant, 'apollo-require-preflight': 'true' };
    const reply = await harness.server.inject({ method: 'GET', url, headers });
    expect(reply.json()).toEqual({ data: { catalogRevision: '0' } });
  });

  const firefox = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0';
  it.each([
    ['of another site', { 'user-agent': firefox, 'sec-fetch-site': 'cross-site' }],
    ['of a neighbour under the same domain', { 'sec-fetch-site': 'same-site' }],
    ['that names itself by Origin', { origin: 'https://evil.example' }],
    ['that names itself by Referer', { referer: 'https://evil.example/page' }],
    ['that brings cookies along', { cookie: 'session=1' }],
    ['without TLS, in a browser', { 'user-agent': firefox, accept: 'image/avif,*/*' }],
    ['that asks for JSON', { 'user-agent': firefox, accept: 'application/json' }],
  ])('refuses a GET that a web page %s could make for its visitor', async (_page, sent) => {
    const url = `/graphql?query=${encodeURIComponent(revision)}`;
    const headers = { ...tenant, ...sent };
    const reply = await harness.server.inject({ method: 'GET', url, headers });
    expect(reply.statusCode).toBe(400);
    expect(reply.json().errors[0].message).toContain('Cross-Site Request Forgery');
  });

  it.each([
    ['a program', { 'user-agent': 'curl/8.14.1', accept: '*/*' }],
    ['a page of this server', { 'user-agent': firefox, 'sec-fetch-site': 'same-origin' }],
    ['an address that somebody typed', { 'user-agent': firefox, 'sec-fetch-site': 'none' }],
  ])('answers a query by GET from %s', async (_caller, sent) => {
    const url = `/graphql?query=${encodeURIComponent(revision)}`;
    const headers = { ...tenant, ...sent };
    const reply = await harness.server.inject({ method: 'GET', url, headers });
    expect(reply.json()).toEqual({ data: { catalogRevision: '0' } });
  });

  it.each([
    ['text/plain'],
    ['application/x-www-form-urlencoded'],
    ['multipart/form-data; boundary=x'],
  ])('refuses a POST of %s, which a page may send without asking', async (type) => {
    const answer = await post(JSON.stringify({ query: revision }), {
      ...tenant,
      'content-type': type,
    });
    expect(answer.status).toBe(415);
    expect(answer.body.errors[0].message).toContain('Expected application/json');
  });

  it('refuses to write by GET', async () => {
    const url = `/graphql?query=${encodeURIComponent('mutation { deleteApi(id: "1") }')}`;
    const headers = { ...tenant, 'apollo-require-preflight': 'true' };
    const reply = await harness.server.inject({ method: 'GET', url, headers });
    expect(reply.statusCode).toBe(405);
    expect(reply.headers.allow).toBe('POST');
  });

  it('shows a browser no page that loads from elsewhere', async () => {
    const headers = { ...tenant, accept: 'text/html' };
    const reply = await harness.server.inject({ method: 'GET', url: '/graphql', headers });
    expect(reply.headers['content-type']).not.toContain('html');
  });

  it('refuses several operations in one body', async () => {
    const { status, body } = await post([{ query: revision }, { query: revision }]);
    expect(status).toBe(400);
    expect(body.errors[0].extensions.code).toBe('BAD_USER_INPUT');
    expect(body.errors[0].message).toContain('a list of 2 operations');
  });

  it('names the header that is missing', async () => {
    const { status, body } = await post(
      { query: revision },
      { 'content-type': 'application/json' },
    );
    expect(status).toBe(400);
    expect(body.errors).toHaveLength(1);
    expect(body.errors[0]).toMatchObject({
      message: expect.stringContaining('x-tenantId'),
      extensions: { code: 'BAD_USER_INPUT', header: 'x-tenantId' },
    });
  });

  it.each([
    ['a body that is not JSON', '{"query": ', json, 400, 'BAD_USER_INPUT', 'is not JSON'],
    ['an empty body', '', json, 400, 'BAD_USER_INPUT', ''],
    [
      'a body that is not UTF-8',
      Buffer.from('{"query": "{ caf\xe9 }"}', 'latin1'),
      json,
      400,
      'BAD_USER_INPUT',
      'UTF-8',
    ],
    [
      'another charset',
      JSON.stringify({ query: revision }),
      { ...tenant, 'content-type': 'application/json; charset=iso-8859-1' },
      415,
      'BAD_USER_INPUT',
      'Expected utf-8',
    ],
    [
      'another content type',
      'query=x',
      { ...tenant, 'content-type': 'text/plain' },
      415,
      'BAD_USER_INPUT',
      'application/json',
    ],
    [
      'a body over the limit',
      JSON.stringify({ query: revision, variables: { pad: 'x'.repeat(100_000) } }),
      json,
      413,
      'LIMIT_EXCEEDED',
      '100000 bytes',
    ],
  ])('answers %s with a GraphQL error', async (_case, payload, headers, status, code, message) => {
    const answer = await post(payload, headers);
    expect(answer.status).toBe(status);
    expect(answer.body.errors).toMatchObject([{ extensions: { code } }]);
    expect(answer.body.errors[0].message).toContain(message);
  });

  it.each([
    ['a syntax error', '{ agents {', 'Syntax Error'],
    ['a field that does not exist', '{ agentz { id } }', 'or "agents"?'],
    ['no query', '', 'query'],
    ['a variable that is missing', 'query Q($id: ID!) { agent(id: $id) { id } }', '$id'],
    [
      'an unknown operation name',
      'query A { catalogRevision } query B { catalogRevision }',
      'Must provide operation name',
    ],
  ])('answers %s with BAD_USER_INPUT', async (_case, query, message) => {
    const { status, body } = await post({ query });
    expect(status).toBe(400);
    expect(body.errors[0].extensions).toEqual({ code: 'BAD_USER_INPUT' });
    expect(body.errors[0].message).toContain(message);
  });

  it('tells a client that sends only the hash of a query to send the query', async () => {
    const sha256Hash = 'a'.repeat(64);
    const { body } = await post({ extensions: { persistedQuery: { version: 1, sha256Hash } } });
    expect(body.errors[0].extensions.code).toBe('PERSISTED_QUERY_NOT_FOUND');
  });
});

describe('the status of an operation that is refused', () => {
  it.each([
    ['application/json', 200, 'application/json'],
    ['application/graphql-response+json', 400, 'application/graphql-response+json'],
    ['application/json, application/graphql-response+json;q=0.9', 200, 'application/json'],
    [
      'application/graphql-response+json, application/json;q=0.9',
      400,
      'application/graphql-response+json',
    ],
    ['*/*', 400, 'application/json'],
  ])('follows the media type that %s asks for', async (accept, status, type) => {
    const { body, ...head } = await post({ query: '{ agentz { id } }' }, { ...json, accept });
    expect(head).toEqual({ status, type: `${type}; charset=utf-8` });
    expect(body.errors[0].extensions).toEqual({ code: 'BAD_USER_INPUT' });
  });

  it('stays what it is for a request that is not let in or cannot be read', async () => {
    const accept = 'application/json';
    const stranger = { 'content-type': 'application/json', accept };
    expect((await post({ query: revision }, stranger)).status).toBe(400);
    expect((await post({ variables: {} }, { ...json, accept })).status).toBe(400);
  });

  it.each(['PUT', 'PATCH', 'DELETE'] as const)('is 405 for %s', async (method) => {
    const reply = await harness.server.inject({ method, url: '/graphql', headers: tenant });
    expect(reply.statusCode).toBe(405);
    expect(reply.headers.allow).toBe('GET, POST');
    expect(reply.json().errors[0].message).toContain(method);
  });
});

describe('an error of a verb', () => {
  it('has its sentence, its code, its place and its issues', async () => {
    const { data, errors } = await harness.ask(AssignToolsDocument, {
      agentId: 'atlas',
      endpointIds: ['00000000-0000-4000-8000-000000000000'],
    });
    expect(data).toBeNull();
    expect(errors).toMatchObject([
      {
        message: expect.stringContaining('00000000-0000-4000-8000-000000000000'),
        path: ['assignTools'],
        extensions: {
          code: 'BAD_USER_INPUT',
          issues: [{ path: ['endpointIds', 0], code: 'unknown_endpoint' }],
        },
      },
    ]);
  });

  it.each(['-1', '1.5', 'newest', '9'.repeat(19), ''])('refuses the revision %j', async (after) => {
    const { errors } = await harness.ask(CatalogChangesDocument, { after });
    expect(errors[0]?.extensions?.code).toBe('BAD_USER_INPUT');
    expect(errors[0]?.message).toContain('decimal string');
  });

  it('never shows a stack, and is not logged as a bug', async () => {
    lines.length = 0;
    const { errors } = await harness.ask(AssignToolsDocument, { agentId: '', endpointIds: [] });
    expect(JSON.stringify(errors)).not.toMatch(/stack|\.ts|node_modules/);
    expect(lines).toEqual([]);
  });
});

describe('a server that closes', () => {
  it('finishes what runs before it lets go', async () => {
    await using own = await openGraphqlHarness();
    await using upstream = await startSlowServer();
    const url = await own.server.listen({ host: '127.0.0.1', port: 0 });
    const pending = request(`${url}/graphql`, {
      method: 'POST',
      reset: true,
      headers: json,
      body: JSON.stringify({
        query: `{ previewSpec(source: { url: "${upstream.url}" }) { valid title } }`,
      }),
    });
    await upstream.asked;
    const closing = own.server.close();
    upstream.answer('{"openapi": "3.1.0", "info": {"title": "Slow", "version": "1"}, "paths": {}}');
    const reply = await pending;
    expect(await reply.body.json()).toEqual({
      data: { previewSpec: { valid: true, title: 'Slow' } },
    });
    await closing;
    await expect(request(`${url}/graphql`)).rejects.toThrow();
  });
});

describe('a bug', () => {
  it('answers the request id, and logs the cause under it', async () => {
    const brokenLines: string[] = [];
    const logger = pino({ level: 'info' }, { write: (line) => void brokenLines.push(line) });
    await using storageless = await openGraphqlHarness({ logger, em: brokenManager() });
    const { data, errors } = await storageless.ask(CatalogChangesDocument, { after: '0' });
    const [error] = errors;
    const requestId = error?.extensions?.requestId;
    expect(data).toBeNull();
    expect(error).toEqual({
      message: `Internal error (request ${requestId})`,
      locations: expect.anything(),
      path: ['catalogChanges'],
      extensions: { code: 'INTERNAL_SERVER_ERROR', requestId },
    });
    expect(requestId).toEqual(expect.any(String));
    const logged = brokenLines.map((line) => JSON.parse(line));
    expect(logged).toMatchObject([{ requestId, err: { message: 'the secret cause' } }]);
  });
});

/** A database connection that fails in a way that nobody foresaw. */
function brokenManager() {
  return {
    getKysely() {
      throw new Error('the secret cause');
    },
  } as never;
}

/** Answers its one request when it is told to. */
async function startSlowServer() {
  const asked = Promise.withResolvers<void>();
  const answer = Promise.withResolvers<string>();
  const server = createServer(async (_request, response) => {
    asked.resolve();
    response.end(await answer.promise);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/spec.json`,
    asked: asked.promise,
    answer: answer.resolve,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
