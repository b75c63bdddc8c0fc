import { createHash } from 'node:crypto';
import { getIntrospectionQuery } from 'graphql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { App } from '../../src/app.js';
import { aTestApp } from '../support/test-app.js';
import { aLiveApp } from './live/live-app.js';

const tenant = { 'x-tenantid': 'acme', 'x-appid': 'shop' };

let app: App;
beforeAll(async () => {
  app = await aTestApp();
});
afterAll(() => app[Symbol.asyncDispose]());

type Payload = { query?: string; variables?: object; extensions?: object; operationName?: string };

async function post(payload: Payload, { server }: Pick<App, 'server'> = app, headers = tenant) {
  const reply = await server.inject({ method: 'POST', url: '/graphql', headers, payload });
  const { data, errors = [] } = reply.json();
  return { status: reply.statusCode, data, errors, error: errors[0] };
}

const times = (count: number, make: (index: number) => string) =>
  Array.from({ length: count }, (_, index) => make(index)).join(' ');

/** Fragments of which each spreads the next one as often as it is told. */
const chain = (count: number, spreads: number, last = '__typename') =>
  times(count, (index) => {
    const next = times(spreads, (turn) => `... on Query { ...F${index + 1} } t${turn}: __typename`);
    return `fragment F${index} on Query { ${index === count - 1 ? last : next} }`;
  });

describe('an operation within the limits', () => {
  it.each([
    ['of GraphiQL', getIntrospectionQuery()],
    [
      'of code generators, with all there is',
      getIntrospectionQuery({
        descriptions: true,
        specifiedByUrl: true,
        directiveIsRepeatable: true,
        schemaDescription: true,
        inputValueDeprecation: true,
        oneOf: true,
      }),
    ],
    ['of a gateway', 'query { _service { sdl } }'],
  ])('is the introspection %s', async (_client, query) => {
    const { data, errors } = await post({ query });
    expect(errors).toEqual([]);
    expect(data).toBeTruthy();
  });

  it('is a batch of 1,000 representations', async () => {
    const representations = Array.from({ length: 1000 }, (_, index) => ({
      __typename: 'Agent',
      id: `agent-${index}`,
    }));
    const query = `query ($representations: [_Any!]!) {
      _entities(representations: $representations) {
        ... on Agent { id toolCount tools(first: 20) { nodes { id name } } }
        ... on Endpoint { api { id } parameters { id } }
      }
    }`;
    const { data, errors } = await post({ query, variables: { representations } });
    expect(errors).toEqual([]);
    expect(data._entities).toHaveLength(1000);
  });

  it('has 62 aliases, fragments written out', async () => {
    expect((await post({ query: `{ ...F0 } ${chain(6, 2)}` })).errors).toEqual([]);
  });

  it('is a list of 1,000 with lists in it, and a fragment that is used in many places', async () => {
    const query = `{ apis(first: 10) { nodes { ...A endpoints(first: 1000) { nodes { ...E parameters { id } } } } } }
      fragment A on Api { id name ...B } fragment B on Api { name }
      fragment E on Endpoint { id name api { ...A } }`;
    expect((await post({ query })).errors).toEqual([]);
  });
});

describe('an operation beyond a limit', () => {
  const deep = (levels: number) =>
    `{ agents { ${'tools { nodes { ... on Endpoint { agents { '.repeat(levels)} id ${'} } } }'.repeat(levels)} } }`;

  it.each([
    ['depth', deep(5), 17, 15],
    [
      'depth',
      `{ ...F0 } fragment F0 on Query { agents { ...G } } fragment G on Agent ${deep(6).slice(9, -1)}`,
      19,
      15,
    ],
    ['aliases', `{ ${times(101, (index) => `a${index}: __typename`)} }`, 101, 100],
    ['aliases', `{ ...F0 } ${chain(7, 2)}`, 126, 100],
    ['directives', `{ __typename ${'@include(if: true) '.repeat(51)} }`, 51, 50],
    [
      'directives',
      `{ ${times(11, () => `...F @skip(if: false) b: __typename`)} } fragment F on Query { __typename ${'@include(if: true) '.repeat(5)} }`,
      66,
      50,
    ],
    [
      'selections',
      `{ ...F0 } ${chain(14, 2).replaceAll(/t\d: __typename/g, '__typename')}`,
      0,
      15_000,
    ],
    ['nesting', `{ ${'... { '.repeat(116)} __typename ${'} '.repeat(116)} }`, 0, 115],
    [
      'nesting',
      `{ ...F0 } ${times(130, (index) => `fragment F${index} on Query { ${index < 129 ? `...F${index + 1}` : '__typename'} }`)}`,
      0,
      115,
    ],
    [
      'nesting',
      `{ previewSpec(source: { document: ${'['.repeat(10_000)}${']'.repeat(10_000)} }) { valid } }`,
      0,
      115,
    ],
    ['nesting', `${'{ agents '.repeat(10_000)}${'}'.repeat(10_000)}`, 0, 115],
    ['repeats', `{ ${'__typename '.repeat(3000)} }`, 4_498_500, 1_000_000],
    ['tokens', `{ ${'__typename '.repeat(20_000)} }`, 0, 15_000],
    ['comments', `${'#\n'.repeat(20_000)}{ __typename }`, 0, 15_000],
    ['length', `{ __typename } # ${'x'.repeat(2 ** 20)}`, 1_048_593, 1_048_576],
  ])('is refused for its %s', async (limit, query, found, allowed) => {
    const { status, data, errors, error } = await post({ query });
    expect(status).toBe(400);
    expect(data).toBeUndefined();
    expect(errors).toHaveLength(1);
    expect(error.extensions).toMatchObject({ code: 'LIMIT_EXCEEDED', limit, allowed });
    if (found > 0) expect(error.extensions.found).toBe(found);
    expect(error.message).toContain(String(allowed));
    if (error.extensions.found) expect(error.message).toContain(String(error.extensions.found));
  });

  it.each([
    [
      'by a number',
      '{ apis(first: 1000) { nodes { endpoints(first: 1000) { nodes { id } } } } }',
      {},
    ],
    [
      'by a variable',
      'query ($n: Int) { apis(first: $n) { nodes { endpoints(first: $n) { nodes { id } } } } }',
      { n: 1000 },
    ],
    [
      'by the default of a variable',
      'query ($n: Int = 1000) { apis(first: $n) { nodes { endpoints(first: $n) { nodes { id } } } } }',
      {},
    ],
    [
      'in edges',
      '{ apis(first: 1000) { edges { node { endpoints(first: 1000) { edges { node { id } } } } } } }',
      {},
    ],
    [
      'in fragments',
      '{ apis(first: 1000) { ...C } } fragment C on ApiConnection { nodes { ...A } } fragment A on Api { endpoints(first: 1000) { ...E } } fragment E on EndpointConnection { nodes { id } }',
      {},
    ],
    [
      'in what only one of several types has',
      '{ agents { tools(first: 1000) { nodes { id ... on Endpoint { agents { tools(first: 1000) { nodes { id } } } } } } } }',
      {},
    ],
    [
      'by aliases',
      `{ ${times(99, (index) => `a${index}: agents { tools(first: 500) { nodes { id } } }`)} }`,
      {},
    ],
    [
      'without any limit',
      `{ agents { tools { nodes { ... on Endpoint { agents { tools { nodes { ... on Endpoint { agents { id } } } } } } } } } }`,
      {},
    ],
    [
      'of representations',
      'query ($r: [_Any!]!) { _entities(representations: $r) { ... on Agent { tools(first: 1000) { nodes { id } } } } }',
      { r: Array.from({ length: 1000 }, (_, id) => ({ __typename: 'Agent', id: `${id}` })) },
    ],
  ])('is refused for the objects that it asks for %s', async (_how, query, variables) => {
    const { status, error } = await post({ query, variables });
    expect(status).toBe(400);
    expect(error.extensions).toMatchObject({ code: 'LIMIT_EXCEEDED', limit: 'cost' });
    expect(error.extensions.found).toBeGreaterThan(250_000);
    expect(error.message).toContain(`${error.extensions.found} objects; 250000 are allowed`);
  });

  it('is refused each time, though its document is known and was answered before', async () => {
    const query =
      'query ($n: Int) { apis(first: $n) { nodes { endpoints(first: $n) { nodes { id } } } } }';
    expect((await post({ query, variables: { n: 10 } })).errors).toEqual([]);
    expect((await post({ query, variables: { n: 1000 } })).error.extensions.limit).toBe('cost');
    expect((await post({ query, variables: { n: 10 } })).errors).toEqual([]);
  });

  it('is judged by the operation that is named', async () => {
    const query = `query Small { catalogRevision }
      query Large { apis(first: 1000) { nodes { endpoints(first: 1000) { nodes { id } } } } }`;
    expect((await post({ query, operationName: 'Small' })).errors).toEqual([]);
    expect((await post({ query, operationName: 'Large' })).error.extensions.limit).toBe('cost');
  });

  it.each([
    ['itself', '{ ...F } fragment F on Query { ...F }', '"F"'],
    [
      'itself by way of others',
      '{ ...A } fragment A on Query { ...B } fragment B on Query { ...C } fragment C on Query { ...B }',
      '"B"',
    ],
    ['one that does', `{ ...A } fragment A on Query { ...B } fragment B on Query { ...B }`, '"B"'],
  ])('is refused when a fragment spreads %s', async (_whom, query, name) => {
    const { status, errors } = await post({ query });
    expect(status).toBe(400);
    expect(errors).toMatchObject([
      { message: expect.stringContaining(name), extensions: { code: 'BAD_USER_INPUT' } },
    ]);
  });

  it.each([
    ['50 MB of spaces', `${' '.repeat(50_000_000)}{ __typename }`, 'length'],
    ['24 MB of escapes in a string', `{ api(id: "${'\\n'.repeat(12_000_000)}") { id } }`, 'length'],
    ['100,000 aliases', `{ ${times(100_000, (index) => `a${index}:id`)} }`, 'tokens'],
    ['1,000,000 tokens', `{ ${'a '.repeat(1_000_000)} }`, 'length'],
    ['500,000 tokens', `{ ${'a '.repeat(500_000)} }`, 'tokens'],
    ['10,000 levels', '{a'.repeat(10_000) + '}'.repeat(10_000), 'nesting'],
    ['500,000 comments', `${'#\n'.repeat(500_000)}{ a }`, 'comments'],
  ])('is refused for %s', async (_what, query, limit) => {
    const { status, error } = await post({ query });
    expect(status).toBe(400);
    expect(error.extensions).toMatchObject({ code: 'LIMIT_EXCEEDED', limit });
    expect(JSON.stringify(error).length).toBeLessThan(1000);
  });

  it('is refused before the body of a bomb of fragments is written out', async () => {
    const { error } = await post({ query: `{ ...F0 } ${chain(200, 9).replaceAll(/t\d: /g, '')}` });
    expect(error.extensions).toMatchObject({ code: 'LIMIT_EXCEEDED' });
  });

  it('is allowed where the operator says so', async () => {
    await using own = await aTestApp({
      env: { GRAPHQL_MAX_DEPTH: '17', GRAPHQL_MAX_ALIASES: '0', GRAPHQL_MAX_COST: '1000000000' },
    });
    const query = deep(5).replaceAll('tools', 'tools(first: 1)');
    expect((await post({ query }, own)).errors).toEqual([]);
    expect((await post({ query: '{ a: __typename }' }, own)).error.extensions).toMatchObject({
      limit: 'aliases',
      found: 1,
      allowed: 0,
    });
  });
});

describe('a document that is no GraphQL', () => {
  it.each([
    ['an open string', '{ api(id: "'],
    ['an open block string', '{ api(id: """ \\""" " '],
    ['quotes only', '"'.repeat(9999)],
    ['brackets that close', '}'.repeat(9999)],
    ['control characters', '{ \u0000 }'],
    ['a lone surrogate', '{ \ud800 }'],
  ])('of %s is refused with a sentence', async (_what, query) => {
    const { status, error } = await post({ query });
    expect(status).toBe(400);
    expect(error.extensions.code).toBe('BAD_USER_INPUT');
    expect(error.message).toContain('Syntax Error');
  });

  it('may hold brackets, quotes and comments in its strings', async () => {
    const text = `${'{[('.repeat(2000)}# \\" x`;
    const query = `{ a: api(id: "${text}") { id } b: api(id: """${text.replaceAll('"', '\\"""')}""") { id } }`;
    const { errors } = await post({ query });
    expect(errors.map((one: Error) => one.message).join()).not.toContain('nests');
  });
});

describe('a schema that is not to be known', () => {
  let closed: App;
  beforeAll(async () => {
    closed = await aTestApp({ env: { GRAPHQL_INTROSPECTION: 'off' } });
  });
  afterAll(() => closed[Symbol.asyncDispose]());

  it.each(['{ __schema { types { name } } }', '{ __type(name: "Api") { name } }'])(
    'refuses %s',
    async (query) => {
      const { status, error } = await post({ query }, closed);
      expect(status).toBe(400);
      expect(error.extensions.code).toBe('BAD_USER_INPUT');
      expect(error.message).toContain('introspection');
    },
  );

  it('is still told to a gateway, and types are named', async () => {
    const { data } = await post({ query: '{ __typename _service { sdl } }' }, closed);
    expect(data).toMatchObject({ __typename: 'Query', _service: { sdl: expect.any(String) } });
  });

  it.each([
    ['a field', { query: '{ agentz { id } }' }],
    ['an argument', { query: '{ agent(idd: "1") { id } }' }],
    [
      'an input field',
      {
        query: 'query ($s: SpecSourceInput!) { previewSpec(source: $s) { valid } }',
        variables: { s: { urll: 'x' } },
      },
    ],
  ])('suggests nothing for %s', async (_what, payload) => {
    const open = await post(payload);
    expect(open.error.message).toContain('Did you mean');
    const { error } = await post(payload, closed);
    expect(error.extensions.code).toBe('BAD_USER_INPUT');
    expect(error.message).not.toContain('Did you mean');
  });
});

describe('a persisted query', () => {
  const query = 'query Persisted { catalogRevision }';
  const hashOf = (text: string) => createHash('sha256').update(text).digest('hex');
  const extensionsFor = (text: string) => ({
    persistedQuery: { version: 1, sha256Hash: hashOf(text) },
  });

  it('is asked for once, then known by its hash, by POST and by GET, for every tenant', async () => {
    const extensions = extensionsFor(query);
    const unknown = await post({ extensions });
    expect(unknown.status).toBe(200);
    expect(unknown.error).toMatchObject({
      message: 'PersistedQueryNotFound',
      extensions: { code: 'PERSISTED_QUERY_NOT_FOUND' },
    });
    expect((await post({ query, extensions })).data).toEqual({ catalogRevision: '0' });
    expect((await post({ extensions })).data).toEqual({ catalogRevision: '0' });
    const other = { 'x-tenantid': 'other', 'x-appid': 'shop' };
    expect((await post({ extensions }, app, other)).data).toEqual({ catalogRevision: '0' });
    const url = `/graphql?extensions=${encodeURIComponent(JSON.stringify(extensions))}`;
    const reply = await app.server.inject({ method: 'GET', url, headers: tenant });
    expect(reply.json()).toEqual({ data: { catalogRevision: '0' } });
  });

  it('answers each tenant with its own', async () => {
    const own = '{ agents { id } }';
    const spec = {
      openapi: '3.1.0',
      info: { title: 'T', version: '1' },
      paths: { '/a': { get: {} } },
    };
    const synced = await post({
      query: `mutation ($document: JSON) { syncApi(input: { source: { document: $document }, name: "T", baseUrl: "https://t.example" }) { ... on SyncApiSuccess { api { endpoints { nodes { id } } } } } }`,
      variables: { document: spec },
    });
    const [{ id }] = synced.data.syncApi.api.endpoints.nodes;
    await post({
      query: 'mutation ($ids: [ID!]!) { assignTools(agentId: "atlas", endpointIds: $ids) { id } }',
      variables: { ids: [id] },
    });
    expect((await post({ query: own, extensions: extensionsFor(own) })).data).toEqual({
      agents: [{ id: 'atlas' }],
    });
    const other = { 'x-tenantid': 'other', 'x-appid': 'shop' };
    expect((await post({ extensions: extensionsFor(own) }, app, other)).data).toEqual({
      agents: [],
    });
  });

  it.each([
    [
      'under another hash',
      { version: 1, sha256Hash: hashOf('{ agents { id } }') },
      'not the SHA-256',
    ],
    ['of another version', { version: 2, sha256Hash: hashOf(query) }, 'not understood'],
    ['that is no object', 'x', 'not understood'],
  ])('is refused %s', async (_how, persistedQuery, message) => {
    const { status, error } = await post({ query, extensions: { persistedQuery } });
    expect(status).toBe(400);
    expect(error.extensions).toEqual({ code: 'BAD_USER_INPUT' });
    expect(error.message).toContain(message);
  });

  it.each(['{ agentz }', '{ agents {', `{ ${times(101, (index) => `b${index}: __typename`)} }`])(
    'is not remembered when it is refused: %.12s',
    async (refused) => {
      const extensions = extensionsFor(refused);
      expect((await post({ query: refused, extensions })).status).toBe(400);
      expect((await post({ extensions })).error.message).toBe('PersistedQueryNotFound');
    },
  );
});

describe('an unforeseen error', () => {
  it.each([
    ['on', true],
    ['off', false],
  ])('tells its cause with GRAPHQL_ERROR_DETAIL=%s: %s', async (value, isTold) => {
    await using own = await aTestApp({
      env: { GRAPHQL_ERROR_DETAIL: value },
      ports: {
        authenticator: {
          authenticate: () => Promise.reject(new Error('the secret cause')),
          [Symbol.asyncDispose]: async () => {},
        } as never,
      },
    });
    const { status, error } = await post({ query: '{ catalogRevision }' }, own);
    expect(status).toBe(500);
    expect(error.extensions.code).toBe('INTERNAL_SERVER_ERROR');
    expect(JSON.stringify(error).includes('the secret cause')).toBe(isTold);
  });
});

describe('the same limits', () => {
  const query = `subscription { catalogChanged { ${'... { '.repeat(116)} revision ${'} '.repeat(116)} } }`;
  const dear =
    'subscription { catalogChanged { agents { tools(first: 1000000) { nodes { id } } } } }';

  it.each([
    ['nesting', query],
    ['cost', dear],
  ])('hold for WebSockets and event streams: %s', async (limit, refused) => {
    await using live = await aLiveApp();
    const expected = { extensions: { code: 'LIMIT_EXCEEDED', limit } };
    const socket = live.client();
    const told = await new Promise((resolve) => {
      socket.subscribe({ query: refused }, { next: resolve, error: resolve, complete: () => {} });
    });
    expect(told).toMatchObject([expected]);
    await socket.dispose();
    const reply = await fetch(live.url, {
      method: 'POST',
      headers: { ...tenant, 'content-type': 'application/json', accept: 'text/event-stream' },
      body: JSON.stringify({ query: refused }),
    });
    expect(await reply.text()).toContain(`"limit":"${limit}"`);
  });
});
