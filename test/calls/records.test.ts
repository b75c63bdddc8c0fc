import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { App } from '../../src/app.js';
import { sweepCalls } from '../../src/calls/sweep-calls.js';
import { query } from '../../src/storage/sql.js';
import { aTestApp } from '../support/test-app.js';
import { startUpstream, type Upstream } from '../support/upstream.js';
import { aCaller, aThingsDocument, made } from './callers.js';

const refusals = new Set(['BAD_USER_INPUT', 'GRAPHQL_VALIDATION_FAILED', 'LIMIT_EXCEEDED']);
const now = new Date('2026-11-21T12:00:00.000Z');
let clockMs = now.getTime();
let upstream: Upstream;
let app: App;
let tenants = 0;

beforeAll(async () => {
  upstream = await startUpstream();
  app = await aTestApp({
    env: { EGRESS_ALLOW: '127.0.0.1', CALL_RETENTION_DAYS: '7' },
    // Every look at the clock is a second later, so that the order of calls is known.
    ports: { clock: { now: tick } },
  });
});
afterAll(async () => {
  await app[Symbol.asyncDispose]();
  await upstream[Symbol.asyncDispose]();
});

function tick(): Date {
  clockMs += 1000;
  return new Date(clockMs);
}

async function aCatalog(settings: object = {}, extra: object = {}) {
  tenants += 1;
  const tenant = `tenant-${tenants}`;
  const caller = aCaller(app, tenant);
  const { apiId, ids } = await caller.sync(aThingsDocument(upstream.origin, extra), settings);
  await caller.assign('atlas', Object.values(ids));
  return { caller, tenant, apiId, ids };
}

const tables = ['call_records', 'call_journal', 'api_credentials', 'apis', 'catalog_changes'];

/** Everything that the database holds, as text. */
async function everyRow(): Promise<string> {
  const em = app.ports.storage.fork();
  const rows = await Promise.all(tables.map((table) => query(em, `select * from ${table}`)));
  return JSON.stringify(rows);
}

describe('the record of a call', () => {
  it('says who called what, when, and what it came to', async () => {
    const { caller, ids } = await aCatalog();
    const { callId } = made(await caller.call('makeThing', { name: 'ball' }, { key: 'k1' }));
    const { nodes } = await caller.calls();
    expect(nodes).toMatchObject([
      {
        ...{ id: callId, agentId: 'atlas', toolName: 'makeThing', endpointId: ids.makeThing },
        ...{ idempotencyKey: 'k1', arguments: { name: 'ball' }, outcome: 'OK', status: 200 },
        ...{ error: null, attempts: 1, request: { url: `${upstream.origin}/things` } },
      },
    ]);
  });

  it('holds no secret, whether it came as an argument, a header or a credential', async () => {
    const secrets = ['pass-4711-word', 'stored-header-4711', 'api-key-4711-secret'];
    const [password, header, key] = secrets;
    const extra = {
      security: [{ key: [] }],
      components: {
        securitySchemes: { key: { type: 'apiKey', in: 'query', name: 'api_key' } },
      },
    };
    const { caller, apiId } = await aCatalog({ headers: { 'X-Custom': header } }, extra);
    await caller.ask(
      `mutation ($input: SetApiCredentialInput!) { setApiCredential(input: $input) { id } }`,
      { input: { apiId, scheme: 'key', value: key } },
    );
    const answers = [
      await caller.call('makeThing', { name: `about ${key}`, password }, { key: 'k2' }),
      await caller.call('getThing', { id: header ?? '', tag: password ?? '' }),
    ];
    const sent = upstream.seen.at(-2);
    expect(sent).toMatchObject({ url: `/things?api_key=${key}`, headers: { 'x-custom': header } });
    expect(sent?.body).toContain(password);
    for (const secret of [header, key]) {
      expect(JSON.stringify(answers)).not.toContain(secret);
      expect(JSON.stringify(await caller.calls())).not.toContain(secret);
      expect(await everyRow()).not.toContain(secret);
    }
    const { nodes } = await caller.calls('toolName: "makeThing"');
    expect(JSON.stringify(nodes)).not.toContain(password);
  });

  it('keeps the beginning of long arguments', async () => {
    const { caller } = await aCatalog();
    const name = 'x'.repeat(500_000);
    const answer = made(await caller.call('makeThing', { name }));
    expect(answer.outcome).toBe('OK');
    const { nodes } = await caller.calls();
    expect(JSON.stringify(nodes).length).toBeLessThan(20_000);
    expect(nodes[0]).toMatchObject({
      arguments: { name: expect.stringContaining('(500000 characters)') },
    });
  });

  it('survives its endpoint', async () => {
    const { caller, apiId } = await aCatalog();
    const { callId } = made(
      await caller.call('makeThing', { name: '\0\u{1f600}\ud800' }, { key: 'k' }),
    );
    await caller.ask('mutation ($id: ID!) { deleteApi(id: $id) }', { id: apiId });
    expect((await caller.calls()).nodes).toMatchObject([
      { id: callId, toolName: 'makeThing', arguments: { name: '\0\u{1f600}\ud800' } },
    ]);
  });
});

describe('the list of calls', () => {
  it('is the newest first, page by page, without one twice or missing', async () => {
    const { caller } = await aCatalog();
    const made7: string[] = [];
    for (let index = 0; index < 7; index += 1) {
      made7.unshift(made(await caller.call('getThing', { id: String(index) })).callId);
    }
    const seen: string[] = [];
    let after = '';
    for (;;) {
      const page = await caller.calls(`first: 3${after && `, after: "${after}"`}`);
      expect(page.totalCount).toBe(7);
      seen.push(...page.nodes.map(({ id }) => id));
      if (!page.pageInfo.hasNextPage) break;
      after = page.pageInfo.endCursor;
      await caller.call('getThing', { id: 'meanwhile' }, { agent: 'nobody' });
    }
    expect(seen).toEqual(made7);
  });

  it('can be asked for by agent, tool, endpoint, outcome and time', async () => {
    const { caller, ids } = await aCatalog();
    await caller.assign('herald', Object.values(ids));
    await caller.call('getThing', { id: '1' });
    await caller.call('getNothing');
    await caller.call('getThing', { id: '2' }, { agent: 'herald' });
    await caller.test(ids.makeThing ?? '', { name: 'n' });
    const { nodes } = await caller.calls();
    const times = nodes.map(({ startedAt }) => String(startedAt));
    const names = async (filter: string) =>
      (await caller.calls(filter)).nodes.map(({ toolName }) => toolName);
    expect(await names('')).toEqual(['makeThing', 'getThing', 'getNothing', 'getThing']);
    expect(await names('agentId: "atlas"')).toEqual(['getNothing', 'getThing']);
    expect(await names('toolName: "getThing", agentId: "herald"')).toEqual(['getThing']);
    expect(await names(`endpointId: "${ids.makeThing}"`)).toEqual(['makeThing']);
    expect(await names('endpointId: "no id"')).toEqual([]);
    expect(await names('outcome: FAILED')).toEqual(['getNothing']);
    expect(await names(`since: "${times[1]}"`)).toEqual(['makeThing', 'getThing']);
    expect(await names(`until: "${times[1]}"`)).toEqual(['getNothing', 'getThing']);
    expect(await names(`since: "${times[2]}", until: "${times[0]}"`)).toEqual([
      'getThing',
      'getNothing',
    ]);
    expect((await caller.calls('outcome: OK, first: 1')).totalCount).toBe(3);
  });

  it('takes hostile filters and cursors as they are: refused, or nothing found, never a fault', async () => {
    const { caller } = await aCatalog();
    await caller.call('getThing', { id: '1' });
    const id = '6f2a7c52-8f3c-4f0f-9c52-000000000000';
    const cursor = (position: unknown) =>
      JSON.stringify(Buffer.from(JSON.stringify(position)).toString('base64url'));
    const hostile: [filter: string, expected: 'refused' | 'nothing' | 'all'][] = [
      ['agentId: "\\u0000"', 'nothing'],
      ['toolName: "a\\u0000b"', 'nothing'],
      ['toolName: "\\ud800"', 'refused'],
      ['agentId: "\' or 1=1 --"', 'nothing'],
      ['toolName: "%"', 'nothing'],
      ['endpointId: "\\u0000"', 'nothing'],
      [`endpointId: "${id}' or ''='"`, 'nothing'],
      [`agentId: "${'x'.repeat(201)}"`, 'refused'],
      ['since: "0000-01-01T00:00:00Z"', 'all'],
      ['until: "0000-01-01T00:00:00Z"', 'nothing'],
      ['since: "9999-12-31T23:59:59.999Z"', 'nothing'],
      ['until: "9999-12-31T23:59:59.999Z"', 'all'],
      ['since: "+275760-09-13T00:00:00Z"', 'refused'],
      ['since: "2026-02-30T00:00:00Z"', 'refused'],
      ['since: "yesterday"', 'refused'],
      ['since: "2030-01-01T00:00:00Z", until: "2020-01-01T00:00:00Z"', 'nothing'],
      ['first: 0', 'refused'],
      ['first: -1', 'refused'],
      ['first: 1001', 'refused'],
      ['first: 2147483647', 'refused'],
      ['outcome: RUNNING', 'refused'],
      [`after: "${'A'.repeat(3000)}"`, 'refused'],
      [`after: ${cursor([2 ** 31 - 1, 2 ** 31 - 1, id])}`, 'all'],
      [`after: ${cursor([-(2 ** 31) + 1, -(2 ** 31) + 1, id])}`, 'nothing'],
      [`after: ${cursor([2 ** 53, 0, id])}`, 'refused'],
      [`after: ${cursor([1, 1, `${id}'`])}`, 'refused'],
      [`after: ${cursor([[1], 1, id])}`, 'refused'],
      [`after: ${cursor({ length: 3 })}`, 'refused'],
    ];
    const told = await Promise.all(
      hostile.map(async ([filter]) => {
        const { data, errors } = await caller.ask(`{ calls(${filter}) { nodes { id } } }`);
        const code: string | undefined = errors?.[0].extensions.code;
        if (code !== undefined && refusals.has(code)) return 'refused';
        if (errors) return JSON.stringify(errors);
        return data.calls.nodes.length === 0 ? 'nothing' : 'all';
      }),
    );
    expect(hostile.map(([filter], index) => [filter, told[index]])).toEqual(hostile);
  });

  it('shows another tenant nothing, whatever it asks for', async () => {
    const { caller, ids } = await aCatalog();
    await caller.call('getThing', { id: '1' });
    const { pageInfo } = await caller.calls('first: 1');
    const stranger = aCaller(app, 'somebody-else');
    for (const filter of [
      '',
      'agentId: "atlas"',
      `endpointId: "${ids.getThing}"`,
      `after: "${pageInfo.endCursor}"`,
    ]) {
      expect(await stranger.calls(filter)).toMatchObject({ totalCount: 0, nodes: [] });
    }
  });

  it.each(['"x"', '""', '"WzEsMiwzXQ"'])(
    'refuses the cursor %s of another list',
    async (cursor) => {
      const { caller } = await aCatalog();
      const { errors } = await caller.ask(`{ calls(after: ${cursor}) { totalCount } }`);
      if (cursor === '""') expect(errors).toBeUndefined();
      else expect(errors[0].extensions.code).toBe('BAD_USER_INPUT');
    },
  );
});

it('deletes records past their time, and only those', async () => {
  const { caller, tenant } = await aCatalog();
  await caller.call('getThing', { id: 'old' });
  await caller.call('getThing', { id: 'new' });
  await caller.calls();
  const sql = (text: string) => query(app.ports.storage.fork(), text, [tenant]);
  const limit = new Date(clockMs - 7 * 24 * 3600 * 1000).toISOString();
  await sql(
    `update call_records set started_at = timestamptz '${limit}' - interval '1 minute'
     where tenant_id = $1 and arguments->>'id' = 'old'`,
  );
  const parts = { ...app.calls, fork: () => app.ports.storage.fork() };
  await sweepCalls({ ...parts, settings: { ...parts.settings, retentionDays: 0 } });
  expect((await caller.calls()).totalCount).toBe(2);
  await sweepCalls(parts);
  expect((await caller.calls()).nodes).toMatchObject([{ arguments: { id: 'new' } }]);
});
