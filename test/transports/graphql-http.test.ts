import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pino } from 'pino';
import { request } from 'undici';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  AgentsDocument,
  AssignToolsDocument,
  CatalogChangesDocument,
} from '../generated/documents.js';
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

async function post(payload: object | string, headers: Record<string, string> = json) {
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

  it('refuses a GET that a web page could make for its visitor', async () => {
    const url = `/graphql?query=${encodeURIComponent(revision)}`;
    const reply = await harness.server.inject({ method: 'GET', url, headers: tenant });
    expect(reply.statusCode).toBe(400);
    expect(reply.json().errors[0].message).toContain('Cross-Site Request Forgery');
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
    ['a document of too many tokens', `{ ${'a:__typename '.repeat(6000)} }`, 'tokens'],
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
    expect(body.errors[0].extensions.code).toBe('PERSISTED_QUERY_NOT_SUPPORTED');
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
    const { data, errors } = await storageless.ask(AgentsDocument, {});
    const [error] = errors;
    const requestId = error?.extensions?.requestId;
    expect(data).toBeNull();
    expect(error).toEqual({
      message: `Internal error (request ${requestId})`,
      locations: expect.anything(),
      path: ['agents'],
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
