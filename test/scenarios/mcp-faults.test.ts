import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { aCaller } from '../calls/callers.js';
import {
  type AuthorizationServer,
  startAuthorizationServer,
} from '../support/authorization-server.js';
import { type EverythingServer, startEverythingServer } from '../support/everything-server.js';
import { aTool, type McpServerOptions, type SeenRequest } from '../support/mcp-server.js';
import { openEvents } from '../transports/mcp/event-reader.js';
import {
  aFaultTenant,
  type CallAnswer,
  type FaultTenant,
  openTwoReplicas,
  startWatchedServer,
  type TwoReplicas,
  type WatchedServer,
} from './mcp-fault-scene.js';

const stack = new AsyncDisposableStack();
afterAll(() => stack.disposeAsync());
let replicas: TwoReplicas;

beforeAll(async () => {
  replicas = stack.use(await openTwoReplicas({ CALL_TIMEOUT_MS: '1500' }));
});

const servers: WatchedServer[] = [];

async function aServer(options: McpServerOptions = {}): Promise<WatchedServer> {
  const server = stack.use(await startWatchedServer(options));
  servers.push(server);
  return server;
}

afterEach(async () => {
  for (const server of servers) await expect.poll(() => server.openAnswers()).toBe(0);
});

const isCall = ({ message }: SeenRequest) => message?.method === 'tools/call';
const textOf = ({ result }: CallAnswer) => result?.content.map(({ text }) => text).join();

/** One record with this outcome, nothing that has none, and what the catalog said before. */
async function expectOne(
  tenant: FaultTenant,
  outcome: string,
  before: Awaited<ReturnType<FaultTenant['catalog']>>,
): Promise<void> {
  expect(await tenant.records()).toMatchObject([{ outcome }]);
  expect(await tenant.leftovers()).toBe(0);
  expect(await tenant.catalog()).toEqual(before);
}

describe('a server that is a process', () => {
  const tool = 'trigger-long-running-operation';

  /** Its tool runs, and the agent's caller was told so. */
  async function aRunningCall() {
    const server: EverythingServer = stack.use(await startEverythingServer('streamableHttp'));
    const tenant = aFaultTenant(replicas);
    const { id } = await tenant.register({ server_url: server.url }, [tool]);
    const params = {
      name: tool,
      arguments: { duration: 60, steps: 1200 },
      _meta: { progressToken: 'progress' },
    };
    const events = stack.use(
      await openEvents(replicas.one.url(), {
        method: 'POST',
        headers: {
          ...tenant.headers,
          'content-type': 'application/json',
          accept: 'application/json, text/event-stream',
        },
        body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params }),
      }),
    );
    const before = await tenant.catalog();
    expect(await events.message()).toMatchObject({ method: 'notifications/progress' });
    const result = async () => {
      for (;;) {
        const message = await events.message();
        if (message.method === undefined) return message as CallAnswer;
      }
    };
    return { server, tenant, id, before, result };
  }

  it('is killed in mid-call: its stream is looked for until the time is up, and its tools stay', async () => {
    const { server, tenant, id, before, result } = await aRunningCall();
    server.signal('SIGKILL');
    expect(await result()).toMatchObject({ result: { isError: true } });
    await expectOne(tenant, 'TIMEOUT', before);
    const caller = aCaller(replicas.other.app, tenant.tenant);
    const { body } = await caller.post(`/mcp-servers/${id}/refresh`, {});
    expect(body).toEqual({ detail: expect.stringContaining('refuses the connection') });
    const after = await tenant.catalog();
    expect(after.mcpServers).toMatchObject([{ status: 'UNREACHABLE' }]);
    expect(after.agent.tools).toEqual(before.agent.tools);
    expect((await tenant.listed()).map(({ name }) => name)).toEqual([tool]);
  });

  it('is half open, as it stands still: the time ends the call, and the next one comes through', async () => {
    const { server, tenant, before, result } = await aRunningCall();
    server.signal('SIGSTOP');
    expect(await result()).toMatchObject({ result: { isError: true } });
    await expectOne(tenant, 'TIMEOUT', before);
    server.signal('SIGCONT');
    const answer = await tenant.call(tool, { duration: 0, steps: 1 }, replicas.other);
    expect(textOf(answer)).toContain('completed');
    expect(await tenant.records()).toMatchObject([{ outcome: 'OK' }, { outcome: 'TIMEOUT' }]);
  });
});

describe('a server that', () => {
  it('is slow is told that nobody waits any more, and what it says later is lost', async () => {
    const late = Promise.withResolvers<void>();
    const server = await aServer({
      json: true,
      call: async () => {
        await late.promise;
        return { content: [{ type: 'text', text: 'late' }] };
      },
    });
    const tenant = aFaultTenant(replicas);
    await tenant.register({ server_url: server.url, timeout: 1 });
    const before = await tenant.catalog();
    const answer = await tenant.call('echo');
    expect(answer).toMatchObject({ result: { isError: true } });
    expect(textOf(answer)).toContain('may have had its effect');
    await expectOne(tenant, 'INDETERMINATE', before);
    late.resolve();
    await expect.poll(() => server.count('notifications/cancelled')).toBe(1);
    await expectOne(tenant, 'INDETERMINATE', before);
    expect(server.count('tools/call')).toBe(1);
  });

  it('lies about its schemas loses the tools that cannot be, and fails where answers do not fit', async () => {
    const schemaOf = (type: unknown) => ({ type: 'object', properties: { found: { type } } });
    const server = await aServer({
      list: () => ({
        tools: [
          aTool('search', { outputSchema: { ...schemaOf('integer'), required: ['found'] } }),
          aTool('nonsense', { inputSchema: schemaOf('text') }),
          aTool('list', { inputSchema: [] }),
        ],
      }),
      call: () => ({ content: [], structuredContent: { found: 'three' } }),
    });
    const tenant = aFaultTenant(replicas);
    const registered = await tenant.register({ server_url: server.url });
    expect(registered).toMatchObject({
      status: 'ready',
      problems: [{ tool: 'list' }, { tool: 'nonsense' }],
    });
    const before = await tenant.catalog();
    expect(await tenant.listed()).toMatchObject([{ name: 'search' }]);
    const answer = await tenant.call('search');
    expect(answer).toMatchObject({ result: { isError: true } });
    expect(textOf(answer)).toContain('found');
    await expectOne(tenant, 'FAILED', before);
  });

  it('has 10,000 tools is registered, assigned, listed and called with all of them', async () => {
    const all = Array.from({ length: 10_000 }, (_, at) => aTool(`tool_${at}`));
    const server = await aServer({ json: true, list: () => ({ tools: all }) });
    const tenant = aFaultTenant(replicas);
    await tenant.register({ server_url: server.url });
    const before = await tenant.catalog();
    expect(before.agent).toMatchObject({ toolCount: 10_000, tools: { totalCount: 10_000 } });
    const listed = await tenant.listed();
    expect(listed.map(({ name }) => name)).toEqual(all.map(({ name }) => name));
    expect(textOf(await tenant.call('tool_9999'))).toContain('tool_9999');
    await expectOne(tenant, 'OK', before);
  });

  it('changes its list between two pages has each tool once, and the agent keeps its own', async () => {
    const tools = Array.from({ length: 30 }, (_, at) => aTool(`tool_${at}`));
    let isChanging = false;
    let pages = 0;
    const server = await aServer({
      list: (cursor) => {
        const from = Number(cursor ?? 0);
        pages += 1;
        // The last tool goes to the front, so that the next page begins with what was told already.
        if (isChanging && from > 0) tools.unshift(...tools.splice(-1));
        const isLast = from + 10 >= tools.length;
        return {
          tools: tools.slice(from, from + 10),
          ...(isLast ? {} : { nextCursor: String(from + 10) }),
        };
      },
    });
    const tenant = aFaultTenant(replicas);
    const { id } = await tenant.register({ server_url: server.url }, ['tool_3', 'tool_29']);
    expect(pages).toBe(3);
    const before = await tenant.catalog();
    isChanging = true;
    const refresh = () =>
      aCaller(replicas.other.app, tenant.tenant).post(`/mcp-servers/${id}/refresh`, {});
    expect(await refresh()).toMatchObject({ body: { status: 'ready' } });
    const torn = (await tenant.catalog()).mcpServers.flatMap(({ tools: known }) => known);
    const names = torn.map(({ serverToolName }) => serverToolName);
    expect(new Set(names).size).toBe(names.length);
    isChanging = false;
    await refresh();
    const after = await tenant.catalog();
    expect(after.mcpServers[0]?.tools).toHaveLength(30);
    expect(after.agent.tools).toEqual(before.agent.tools);
    expect((await tenant.listed()).map(({ name }) => name)).toEqual(['tool_3', 'tool_29']);
    await tenant.call('tool_29');
    await expectOne(tenant, 'OK', after);
  });
});

describe('a token that', () => {
  type Scene = {
    auth: AuthorizationServer;
    server: WatchedServer;
    tenant: FaultTenant;
    id: string;
    /** Calls that the server took. */
    taken(): number;
  };

  async function aProtectedScene(
    answer: (auth: AuthorizationServer) => McpServerOptions['intercept'] = () => () => false,
  ): Promise<Scene> {
    const auth = stack.use(await startAuthorizationServer());
    auth.addClient('us', 'our-secret');
    let taken = 0;
    const intercept = answer(auth);
    const server = await aServer({
      intercept: (seen, response) => {
        if (!auth.accepts(seen.headers.authorization ?? null)) {
          response.writeHead(401, { 'www-authenticate': 'Bearer error="invalid_token"' }).end();
          return true;
        }
        if (isCall(seen)) taken += 1;
        return intercept?.(seen, response) ?? false;
      },
    });
    const tenant = aFaultTenant(replicas);
    const { accessToken, refreshToken } = auth.issue('us');
    const { id, status } = await tenant.register({
      server_url: server.url,
      token_url: `${auth.issuer}/token`,
      ...{ client_id: 'us', client_secret: 'our-secret' },
      ...{ access_token: accessToken, refresh_token: refreshToken },
    });
    expect(status).toBe('ready');
    return { auth, server, tenant, id, taken: () => taken };
  }

  it('ends in mid-call is renewed, and the call goes on where it was', async () => {
    const { auth, tenant, taken } = await aProtectedScene((issuer) => (seen, response) => {
      const { message, method, headers } = seen;
      const begun = headers['last-event-id'];
      if (!isCall(seen) && (method !== 'GET' || typeof begun !== 'string')) return false;
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      if (isCall(seen)) {
        issuer.expireAll();
        response.end(`id: e-${message?.id}\nretry: 10\ndata:\n\n`);
        return true;
      }
      const result = { content: [{ type: 'text', text: 'found' }] };
      const id = Number(begun?.slice(2));
      response.end(`data: ${JSON.stringify({ jsonrpc: '2.0', id, result })}\n\n`);
      return true;
    });
    const before = await tenant.catalog();
    expect(textOf(await tenant.call('echo'))).toBe('found');
    expect([taken(), auth.tokens.length]).toEqual([1, 1]);
    await expectOne(tenant, 'OK', before);
  });

  it('rotates is renewed once for calls on two replicas, each of which runs once', async () => {
    const { auth, tenant, taken } = await aProtectedScene();
    const { one, other } = replicas;
    for (const replica of [one, other]) await tenant.call('echo', {}, replica);
    const before = await tenant.catalog();
    auth.expireAll();
    const calls = Array.from({ length: 10 }, (_, at) =>
      tenant.call('echo', { text: `${at}` }, at % 2 === 0 ? one : other),
    );
    for (const answer of await Promise.all(calls)) {
      expect(answer.result?.isError ?? false).toBe(false);
    }
    expect([auth.tokens.length, auth.reuses()]).toEqual([1, 0]);
    expect(taken()).toBe(12);
    const records = await tenant.records();
    expect(records).toHaveLength(12);
    expect(records.filter(({ outcome }) => outcome !== 'OK')).toEqual([]);
    expect(await tenant.leftovers()).toBe(0);
    expect(await tenant.catalog()).toEqual(before);
  });

  it('cannot be renewed, as the refresh token is revoked, is asked for once and waits for a person', async () => {
    const { auth, tenant, id, taken } = await aProtectedScene();
    const { one, other } = replicas;
    const before = await tenant.catalog();
    auth.revokeAll();
    const calls = [one, other, one, other].map((replica) => tenant.call('echo', {}, replica));
    for (const answer of await Promise.all(calls)) {
      expect(answer.error ?? answer.result?.isError).toBeTruthy();
    }
    expect([auth.tokens.length, taken()]).toEqual([1, 0]);
    expect([await tenant.records(), await tenant.leftovers()]).toEqual([[], 0]);
    await expect
      .poll(async () => (await tenant.catalog()).mcpServers)
      .toMatchObject([{ status: 'NEEDS_REAUTH' }]);
    const asked = await tenant.catalog();
    expect(asked.agent.tools).toEqual(before.agent.tools);

    const { accessToken, refreshToken } = auth.issue('us');
    const given = await one.app.server.inject({
      ...{ method: 'PATCH', url: `/tools/mcp-servers/${id}/tokens`, headers: tenant.headers },
      payload: { access_token: accessToken, refresh_token: refreshToken },
    });
    expect(given.json()).toMatchObject({ status: 'ready' });
    expect((await tenant.call('echo', {}, other)).result?.isError ?? false).toBe(false);
    const after = await tenant.catalog();
    expect(after.agent.tools).toEqual(before.agent.tools);
    await expectOne(tenant, 'OK', after);
  });
});

it('when the sessions end, no connection to any of these servers is left', async () => {
  for (const { app } of [replicas.one, replicas.other]) {
    const { data } = await aCaller(app, 'faults-1').ask('{ mcpServers { id } }');
    expect(data.mcpServers).toHaveLength(1);
  }
  await replicas[Symbol.asyncDispose]();
  for (const server of servers) await expect.poll(() => server.openSockets()).toBe(0);
});
