import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type App, createApp } from '../../src/app.js';
import { callTool } from '../../src/calls/call-tool.js';
import { loadConfig } from '../../src/config.js';
import { aTestApp } from '../support/test-app.js';
import { startUpstream, type Upstream } from '../support/upstream.js';
import { aCaller, aThingsDocument, made } from './callers.js';

let upstream: Upstream;
let app: App;
let tenants = 0;

beforeAll(async () => {
  upstream = await startUpstream();
  app = await aTestApp({ env: { EGRESS_ALLOW: '127.0.0.1' } });
});
afterAll(async () => {
  await app[Symbol.asyncDispose]();
  await upstream[Symbol.asyncDispose]();
});

/** A tenant of its own with the document synced and all of it assigned to `atlas`. */
async function aCatalog(extra: object = {}, on: App = app) {
  tenants += 1;
  const caller = aCaller(on, `tenant-${tenants}`);
  const { apiId, ids } = await caller.sync(aThingsDocument(upstream.origin, extra));
  await caller.assign('atlas', Object.values(ids));
  return { caller, apiId, ids, tenant: `tenant-${tenants}` };
}

/** An application that nobody shares its database with. */
async function aloneApp() {
  await using stack = new AsyncDisposableStack();
  const dir = await mkdtemp(join(tmpdir(), 'toolgraph-alone-'));
  stack.defer(() => rm(dir, { recursive: true, force: true }));
  const env = { LOG_LEVEL: 'SILENT', DATA_DIR: dir, EGRESS_ALLOW: '127.0.0.1' };
  const own = stack.use(await createApp(loadConfig(env)));
  const held = stack.move();
  return { app: own, [Symbol.asyncDispose]: () => held.disposeAsync() };
}

describe('a tool of an agent', () => {
  it('is called with its arguments in their places, and answers what the upstream said', async () => {
    const { caller } = await aCatalog();
    const answer = made(await caller.call('getThing', { id: 'a b', tag: 'x&y' }));
    expect(answer).toMatchObject({ outcome: 'OK', status: 200, error: null, replayed: false });
    expect(answer.result).toMatchObject({ method: 'GET', url: '/things/a%20b?tag=x%26y' });
    expect(answer.request).toMatchObject({
      method: 'GET',
      url: `${upstream.origin}/things/a%20b?tag=x%26y`,
      curl: expect.stringContaining('curl'),
    });
  });

  it('sends its body', async () => {
    const { caller } = await aCatalog();
    const { result } = made(await caller.call('makeThing', { name: 'ball' }));
    expect(result).toMatchObject({ method: 'POST', url: '/things', body: '{"name":"ball"}' });
  });

  it('has FAILED with the status and body of an upstream that answers with an error', async () => {
    const { caller } = await aCatalog();
    const answer = made(await caller.call('getNothing'));
    expect(answer).toMatchObject({ outcome: 'FAILED', status: 404 });
    expect(answer.result).toMatchObject({ url: '/status/404' });
    expect(answer.error?.message).toContain('404');
  });

  it('is DENIED where the address may not be reached', async () => {
    const { caller, ids } = await aCatalog({ servers: [{ url: 'http://169.254.169.254' }] });
    const answer = made(await caller.call('getThing', { id: '1' }));
    expect(answer).toMatchObject({ outcome: 'DENIED', status: null, result: null });
    expect((await caller.calls()).nodes).toMatchObject([
      { id: answer.callId, outcome: 'DENIED', endpointId: ids.getThing },
    ]);
  });

  it('refuses arguments that do not fit with a sentence, and records nothing', async () => {
    const { caller } = await aCatalog();
    const before = upstream.seen.length;
    expect(await caller.call('getThing', { idd: '1' })).toMatchObject({
      status: 422,
      refused: expect.stringContaining('idd'),
    });
    expect(upstream.seen).toHaveLength(before);
    expect((await caller.calls()).totalCount).toBe(0);
  });

  it.each<[string, string[]]>([
    ['{"id": 1}', ['id']],
    ['{"id": "1", "__proto__": 1}', ['__proto__']],
    ['{"id": "1", "constructor": 1}', ['constructor']],
    ['{"id": "1", "X-Note": 1}', ['X-Note']],
    ['{"id": "1", "tag": "\\ud800"}', ['tag']],
    [`{"id": "1", "tag": ${'['.repeat(30_000)}${']'.repeat(30_000)}}`, []],
    ['[]', []],
  ])('tells where arguments do not fit: %#', async (args, at) => {
    const { caller, ids } = await aCatalog();
    const asked: [string, string, string][] = [
      ['/agents/atlas/tools/getThing/call', 'arguments', '{"arguments": ARGS}'],
      [
        '/agents/atlas/tools/getThing/call',
        'arguments',
        '{"arguments": ARGS, "idempotency_key": "k"}',
      ],
      [`/api/endpoints/${ids.getThing}/test`, 'parameters', '{"parameters": ARGS}'],
    ];
    for (const [path, member, body] of asked) {
      const answer = await caller.postText(
        path,
        body.replace('ARGS', () => args),
      );
      expect(answer).toMatchObject({
        status: 422,
        body: { detail: [{ loc: ['body', member, ...at], msg: expect.any(String) }] },
      });
    }
    expect((await caller.calls()).totalCount).toBe(0);
  });

  it.each(['\\u0000', '\\ud800', '', 'x'.repeat(256)])(
    'refuses the idempotency key "%s"',
    async (key) => {
      const { caller } = await aCatalog();
      const body = `{"arguments": {"id": "1"}, "idempotency_key": "${key}"}`;
      expect(await caller.postText('/agents/atlas/tools/getThing/call', body)).toMatchObject({
        status: 422,
        body: { detail: [{ loc: ['body', 'idempotency_key'] }] },
      });
    },
  );

  it('answers the same over GraphQL', async () => {
    const { caller, ids } = await aCatalog();
    const { data } = await caller.ask(
      `mutation ($id: ID!) {
        callTool(agentId: "atlas", name: "getThing", arguments: { id: "1" }) {
          callId outcome result status durationMs replayed error { code } request { method url headers body curl } }
        testEndpoint(id: $id, arguments: { id: "2" }) { outcome result }
      }`,
      { id: ids.getThing },
    );
    expect(data.callTool).toMatchObject({
      outcome: 'OK',
      status: 200,
      replayed: false,
      error: null,
      result: { url: '/things/1' },
    });
    expect(data.testEndpoint).toMatchObject({ outcome: 'OK', result: { url: '/things/2' } });
  });
});

describe('what is advertised', () => {
  it.each([
    ['a database of its own', aloneApp],
    ['a shared database', async () => ({ app, [Symbol.asyncDispose]: async () => {} })],
  ])('is what can be called, name by name, through every change, with %s', async (_, open) => {
    await using on = await open();
    const { caller, ids } = await aCatalog({}, on.app);
    const getThing = ids.getThing ?? '';
    const names = async () => {
      const { data } = await caller.ask(`{ agent(id: "atlas") { tools { nodes { name } } } }`);
      return data.agent.tools.nodes.map(({ name }: { name: string }) => name) as string[];
    };
    const callable = async (name: string) => {
      const answer = await caller.call(name, { id: '1', name: 'n' });
      return !('refused' in answer) || answer.status !== 404;
    };
    const rename = (name: string | null) =>
      caller.ask(
        `mutation ($input: UpdateEndpointInput!) { updateEndpoint(input: $input) { id } }`,
        { input: { id: getThing, name } },
      );
    const enable = (enabled: boolean) =>
      caller.ask(
        `mutation ($input: UpdateEndpointInput!) { updateEndpoint(input: $input) { id } }`,
        { input: { id: getThing, enabled } },
      );
    const steps = [
      async () => {},
      () => rename('fetch_thing'),
      () => enable(false),
      () => enable(true),
      () => rename('send_email'),
      () =>
        caller.ask(
          `mutation ($ids: [ID!]!) { unassignTools(agentId: "atlas", endpointIds: $ids) { id } }`,
          { ids: [getThing] },
        ),
    ];
    const everyName = new Set<string>();
    for (const step of steps) {
      await step();
      const listed = await names();
      for (const name of listed) everyName.add(name);
      for (const name of everyName) {
        expect([name, await callable(name)]).toEqual([name, listed.includes(name)]);
      }
    }
    expect(everyName.size).toBe(7);
  });

  it('is not there for another agent, nor for another tenant', async () => {
    const { caller } = await aCatalog();
    const other = await caller.call('getThing', { id: '1' }, { agent: 'herald' });
    expect(other).toMatchObject({ status: 404 });
    const stranger = await aCaller(app, 'stranger').call('getThing', { id: '1' });
    expect(stranger).toMatchObject({ status: 404 });
    expect(JSON.stringify(stranger)).not.toContain('Did you mean');
  });

  it('is named when a name is nearly right', async () => {
    const { caller } = await aCatalog();
    expect(await caller.call('get_thing', { id: '1' })).toEqual({
      status: 404,
      refused: expect.stringContaining('Did you mean \\"getThing\\"'),
    });
  });

  it('leaves local tools to the agent, and says so', async () => {
    const { caller } = await aCatalog();
    expect(await caller.call('end_call')).toEqual({
      status: 422,
      refused: expect.stringContaining('the agent executes it itself'),
    });
  });
});

describe('a test by a person', () => {
  it('calls what no agent has, and what is disabled', async () => {
    const { caller, ids } = await aCatalog();
    const id = ids.getThing ?? '';
    await caller.ask(
      `mutation ($input: UpdateEndpointInput!) { updateEndpoint(input: $input) { id } }`,
      { input: { id, enabled: false } },
    );
    expect(await caller.call('getThing', { id: '1' })).toMatchObject({ status: 404 });
    expect(made(await caller.test(id, { id: '1' }))).toMatchObject({ outcome: 'OK' });
    expect((await caller.calls()).nodes).toMatchObject([{ agentId: null, toolName: 'getThing' }]);
  });

  it('does not reach the endpoint of another tenant', async () => {
    const { ids } = await aCatalog();
    const answer = await aCaller(app, 'stranger').test(ids.getThing ?? '', { id: '1' });
    expect(answer).toMatchObject({ status: 404 });
  });
});

it('needs the scope tools:call', async () => {
  const { caller, tenant } = await aCatalog();
  const actor = { tenant, app: null, subject: null, expiresAt: null };
  const scopes = new Set(['catalog:read', 'catalog:write']);
  const refused = callTool(
    { actor: { ...actor, scopes }, calls: app.calls, signal: null, traceHeaders: {} },
    { agentId: 'atlas', name: 'getThing' },
  );
  await expect(refused).rejects.toMatchObject({
    code: 'FORBIDDEN',
    message: expect.stringContaining('tools:call'),
  });
  expect((await caller.calls()).totalCount).toBe(0);
});
