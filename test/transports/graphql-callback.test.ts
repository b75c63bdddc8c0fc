import { SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { App } from '../../src/app.js';
import type { Ports } from '../../src/open-ports.js';
import { type CallbackRouter, startCallbackRouter } from '../support/callback-router.js';
import { aTestApp } from '../support/test-app.js';

const tenant = { 'x-tenantid': 'acme', 'x-appid': 'shop' };
const subscription = `subscription ($after: Revision, $agentId: ID) {
  catalogChanged(after: $after, agentId: $agentId) { revision kind agents { id toolCount } }
}`;

type Asked = {
  extension?: object;
  query?: string;
  variables?: object;
  headers?: Record<string, string>;
};

async function post({ server }: App, payload: object, headers: Record<string, string> = tenant) {
  const reply = await server.inject({ method: 'POST', url: '/graphql', headers, payload });
  const { data, errors = [] } = reply.json();
  return { status: reply.statusCode, type: reply.headers['content-type'], data, errors };
}

/** As Apollo Router subscribes. */
function subscribe(app: App, router: CallbackRouter, asked: Asked = {}) {
  const { extension, query = subscription, variables, headers } = asked;
  const accept = 'application/json;callbackSpec=1.0';
  const extensions = {
    subscription: {
      callbackUrl: router.url,
      subscriptionId: 'sub-1',
      verifier: 'proof',
      heartbeatIntervalMs: 0,
      ...extension,
    },
  };
  return post(app, { query, variables, extensions }, { ...(headers ?? tenant), accept });
}

const spec = {
  openapi: '3.1.0',
  info: { title: 'T', version: '1' },
  paths: { '/a': { get: { operationId: 'a' } } },
};

/** Writes the first revision of a tenant, and gives an endpoint to assign. */
async function seed(app: App, headers: Record<string, string> = tenant): Promise<string> {
  const query = `mutation ($document: JSON) {
    syncApi(input: { source: { document: $document }, name: "T", baseUrl: "https://t.example" }) {
      ... on SyncApiSuccess { api { endpoints { nodes { id } } } }
    }
  }`;
  const { data } = await post(app, { query, variables: { document: spec } }, headers);
  return data.syncApi.api.endpoints.nodes[0].id;
}

function assign(app: App, agentId: string, endpointId: string) {
  const query = `mutation ($agentId: ID!, $ids: [ID!]!) { assignTools(agentId: $agentId, endpointIds: $ids) { id } }`;
  return post(app, { query, variables: { agentId, ids: [endpointId] } });
}

const anApp = (env: Record<string, string> = {}, ports: Partial<Ports> = {}) =>
  aTestApp({ env: { EGRESS_ALLOW: '127.0.0.1', LIVE_MAX_SUBSCRIPTIONS: '1', ...env }, ports });

/** The count of subscriptions has one place: who gets it knows that the one before is over. */
async function untilOver(app: App, router: CallbackRouter): Promise<void> {
  for (;;) {
    const { status } = await subscribe(app, router, { extension: { subscriptionId: 'next' } });
    if (status === 200) return;
    expect(status).toBe(429);
  }
}

describe('a subscription by callback', () => {
  let app: App;
  let endpoint: string;
  beforeAll(async () => {
    app = await anApp({ LIVE_MAX_SUBSCRIPTIONS: '100' });
    endpoint = await seed(app);
  });
  afterAll(() => app[Symbol.asyncDispose]());

  it('is checked with the router, then every change goes to its callback URL', async () => {
    await using router = await startCallbackRouter();
    const answer = await subscribe(app, router, { variables: { after: '0' } });
    expect(answer).toMatchObject({ status: 200, data: null, errors: [] });
    const named = { kind: 'subscription', id: 'sub-1', verifier: 'proof' };
    expect(await router.take('check')).toMatchObject({
      ...named,
      headers: { 'subscription-protocol': 'callback/1.0', 'content-type': 'application/json' },
    });
    expect(await router.take('next')).toMatchObject({
      ...named,
      payload: { data: { catalogChanged: { revision: '1', kind: 'API_SYNCED' } } },
    });
    await assign(app, 'atlas', endpoint);
    const { payload } = await router.take('next');
    expect(payload).toEqual({
      data: {
        catalogChanged: {
          revision: '2',
          kind: 'TOOLS_ASSIGNED',
          agents: [{ id: 'atlas', toolCount: 1 }],
        },
      },
    });
    router.answer({ next: 404, check: 404 });
    await assign(app, 'briar', endpoint);
    await router.take('next');
  });

  it('reads anew for each change', async () => {
    await using router = await startCallbackRouter();
    await subscribe(app, router, { variables: { agentId: 'cedar' } });
    await assign(app, 'cedar', endpoint);
    const counted = { agents: [{ id: 'cedar', toolCount: 1 }] };
    expect((await router.take('next')).payload?.data).toMatchObject({ catalogChanged: counted });
    const query = `mutation ($ids: [ID!]!) { unassignTools(agentId: "cedar", endpointIds: $ids) { id } }`;
    await post(app, { query, variables: { ids: [endpoint] } });
    expect((await router.take('next')).payload?.data).toMatchObject({
      catalogChanged: { agents: [{ id: 'cedar', toolCount: 0 }] },
    });
    router.answer({ next: 404 });
    await assign(app, 'cedar', endpoint);
  });

  it('ends with the code of the error that ends it', async () => {
    await using router = await startCallbackRouter();
    expect((await subscribe(app, router, { variables: { after: '999999' } })).status).toBe(200);
    const { errors } = await router.take('complete');
    expect(errors).toMatchObject([
      {
        message: expect.stringContaining('has not happened'),
        extensions: { code: 'CONFLICT', reason: 'REVISION_UNKNOWN' },
      },
    ]);
  });

  it('is refused for a variable that does not fit', async () => {
    await using router = await startCallbackRouter();
    const { errors } = await subscribe(app, router, { variables: { after: 'newest' } });
    expect(errors).toMatchObject([
      { message: expect.stringContaining('$after'), extensions: { code: 'BAD_USER_INPUT' } },
    ]);
    expect(router.left('check')).toBe(0);
  });

  it('does not bring the server down when the router refuses to hear of an error', async () => {
    await using router = await startCallbackRouter();
    router.answer({ complete: 400 });
    await subscribe(app, router, { variables: { after: '999999' } });
    await router.take('complete');
    expect((await post(app, { query: '{ catalogRevision }' })).status).toBe(200);
  });

  it('understands the names of older routers', async () => {
    await using router = await startCallbackRouter();
    const extension = {
      callbackUrl: undefined,
      callback_url: router.url,
      subscriptionId: undefined,
      subscription_id: 'old',
    };
    expect((await subscribe(app, router, { extension })).status).toBe(200);
    expect((await router.take('check')).id).toBe('old');
    router.answer({ next: 404 });
    await assign(app, 'dahlia', endpoint);
    await router.take('next');
  });

  it.each([
    ['no callback URL', { callbackUrl: undefined }, 'callbackUrl'],
    ['a callback URL that is none', { callbackUrl: 'router' }, 'callbackUrl'],
    ['no verifier', { verifier: undefined }, 'verifier'],
    ['a heartbeat that is no number', { heartbeatIntervalMs: 'often' }, 'heartbeatIntervalMs'],
    ['a negative heartbeat', { heartbeatIntervalMs: -1 }, 'heartbeatIntervalMs'],
  ])('is refused for %s', async (_what, extension, name) => {
    await using router = await startCallbackRouter();
    const { errors } = await subscribe(app, router, { extension });
    expect(errors).toMatchObject([
      { message: expect.stringContaining(name), extensions: { code: 'BAD_USER_INPUT' } },
    ]);
    expect(router.left('check')).toBe(0);
  });

  it.each([
    ['is not valid', 'subscription { catalogChangedd { revision } }'],
    [
      'is beyond a limit',
      `subscription { catalogChanged { ${'... { '.repeat(200)} revision ${'} '.repeat(200)} } }`,
    ],
  ])('asks nothing of the callback URL when the operation %s', async (_what, query) => {
    await using router = await startCallbackRouter();
    const { errors } = await subscribe(app, router, { query });
    expect(errors).toHaveLength(1);
    expect(router.left('check')).toBe(0);
  });

  it('is nothing that a query or a mutation can have', async () => {
    await using router = await startCallbackRouter();
    const { data } = await subscribe(app, router, { query: '{ __typename }' });
    expect(data).toEqual({ __typename: 'Query' });
    expect(router.left('check')).toBe(0);
  });

  it('is needed: a subscription is not answered by one response', async () => {
    const { status, errors } = await post(app, { query: subscription });
    expect(status).toBe(400);
    expect(errors[0].message).toContain('text/event-stream');
  });
});

describe('the callback URL of a subscription', () => {
  it.each(['http://127.0.0.1:4000/callback', 'http://169.254.169.254/latest', 'http://[::1]:1/'])(
    'is refused where EGRESS_ALLOW does not have %s',
    async (callbackUrl) => {
      await using app = await anApp({ EGRESS_ALLOW: '10.1.2.3' });
      await using router = await startCallbackRouter();
      const { status, errors } = await subscribe(app, router, { extension: { callbackUrl } });
      expect(status).toBe(403);
      expect(errors).toMatchObject([
        { message: expect.stringContaining('EGRESS_ALLOW'), extensions: { code: 'FORBIDDEN' } },
      ]);
    },
  );

  it.each([302, 400, 404])('that answers %s confirms no subscription', async (check) => {
    await using app = await anApp();
    await using router = await startCallbackRouter();
    router.answer({ check });
    const { status, errors } = await subscribe(app, router);
    expect(status).toBe(502);
    expect(errors).toMatchObject([
      { message: expect.stringContaining(`${check}`), extensions: { code: 'UPSTREAM_ERROR' } },
    ]);
    expect(router.left('check')).toBe(1);
    router.answer({});
    await untilOver(app, router);
  });
});

describe('a subscription by callback ends', () => {
  it.each([404, 400])('when the router answers a change with %s', async (next) => {
    await using app = await anApp();
    await using router = await startCallbackRouter();
    const endpoint = await seed(app);
    await subscribe(app, router);
    expect((await subscribe(app, router)).status).toBe(429);
    router.answer({ next });
    await assign(app, 'atlas', endpoint);
    await router.take('next');
    await untilOver(app, router);
    expect(router.left('next')).toBe(0);
  });

  it('when a heartbeat is not answered with yes', async () => {
    await using app = await anApp();
    await using router = await startCallbackRouter();
    await subscribe(app, router, { extension: { heartbeatIntervalMs: 500 } });
    await router.take('check');
    await router.take('check');
    router.answer({ check: 404 });
    await router.take('check');
    router.answer({});
    await untilOver(app, router);
  });

  it('when the router is gone', async () => {
    await using app = await anApp();
    await using router = await startCallbackRouter();
    const endpoint = await seed(app);
    const gone = await startCallbackRouter();
    await subscribe(app, gone);
    await gone[Symbol.asyncDispose]();
    await assign(app, 'atlas', endpoint);
    await untilOver(app, router);
  });

  it('when the token of its caller ends', async () => {
    const secret = 'a secret that is long enough for HS256';
    const ends = 2_000_000_000;
    // By this clock, which stands still, the token ends in a moment.
    const clock = { now: () => new Date(ends * 1000 - 300) };
    await using app = await anApp({ AUTH_JWT_SECRET: secret }, { clock });
    await using router = await startCallbackRouter();
    const token = await new SignJWT({ tenant_id: 'acme', scope: 'catalog:read', sub: 'router' })
      .setProtectedHeader({ alg: 'HS256' })
      .setExpirationTime(ends)
      .sign(new TextEncoder().encode(secret));
    const headers = { authorization: `Bearer ${token}` };
    expect((await subscribe(app, router, { headers })).status).toBe(200);
    const { errors } = await router.take('complete');
    expect(errors).toMatchObject([{ extensions: { code: 'UNAUTHENTICATED' } }]);
  });

  it('when the server closes', async () => {
    await using router = await startCallbackRouter();
    {
      await using app = await anApp();
      await subscribe(app, router);
      await app.server.close();
    }
    expect((await router.take('complete')).errors).toBeUndefined();
  });
});
