import { decode } from '@msgpack/msgpack';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeCatalog } from '../../../src/changes/write-catalog.js';
import type { Actor } from '../../../src/context.js';
import { query } from '../../../src/storage/sql.js';
import { hashTool } from '../../../src/transports/worker/read-catalog.js';
import { aCaller } from '../../calls/callers.js';
import { seedMcpTools } from '../../support/seed-mcp-tools.js';
import { aWorkerApp, untilFound, type WorkerApp } from './worker-app.js';

type Tool = { name: string; description: string; parameters: object; schema_hash: string };
type Published = {
  seq: number;
  tools: Tool[];
  permissions: object;
  schema_hash: string;
  toolgraph: { tenant: string; agent: string; revision: string };
};

let worker: WorkerApp;
const owner = 'acme';

beforeAll(async () => {
  worker = await aWorkerApp({ env: { WORKER_TENANT: owner, WORKER_AGENT: 'atlas' } });
});
afterAll(() => worker[Symbol.asyncDispose]());

describe('the published catalog', () => {
  it('has the tools of the configured agent, each with the hash of its schema', async () => {
    const { tools, permissions, schema_hash, toolgraph } = await publishedWith('getThing');
    expect(permissions).toEqual({});
    expect(toolgraph).toMatchObject({ tenant: owner, agent: 'atlas' });
    expect(schema_hash).toMatch(/^[0-9a-f]{64}$/);
    for (const { name, parameters, schema_hash: hash } of tools) {
      expect(hash).toBe(hashTool(name, parameters as never));
    }
    expect(tools.map(({ name }) => name).sort()).toEqual(await offeredNames());
  });

  it('follows a sync, an assignment and its end', async () => {
    const before = await publishedWith('getThing');
    const { ids } = await aCaller(worker.app).sync(document('/extra', 'getExtra'), {
      name: 'extra',
    });
    const extra = Object.values(ids);
    await aCaller(worker.app).assign('atlas', extra);
    const assigned = await publishedWith('getExtra');
    expect(assigned.seq).toBeGreaterThan(before.seq);
    expect(assigned.schema_hash).not.toBe(before.schema_hash);
    const headers = { 'x-tenantid': owner, 'x-appid': 'shop' };
    const { statusCode } = await worker.app.server.inject({
      ...{ method: 'DELETE', headers, url: '/tools/agents/atlas/tools' },
      payload: { endpoint_ids: extra },
    });
    expect(statusCode).toBe(200);
    const after = await published(({ tools }) => tools.every(({ name }) => name !== 'getExtra'));
    expect(after.schema_hash).toBe(before.schema_hash);
    expect(after.seq).toBeGreaterThan(assigned.seq);
  });

  it('follows a change of an MCP server', async () => {
    await seedMcpTools(worker.app.ports.storage.fork(), {
      ...{ tenant: owner, servers: ['files'], tools: ['search_files'], agents: ['atlas'] },
    });
    await touch(owner);
    const { tools } = await publishedWith('search_files');
    expect(tools.find(({ name }) => name === 'search_files')).toMatchObject({
      description: 'Does search_files',
    });
  });

  it('is announced again for a new description, whose hash is the same', async () => {
    const before = await publishedWith('getThing');
    const em = worker.app.ports.storage.fork();
    await query(em, `update endpoints set description = 'Told anew' where name = 'getThing'`);
    await touch(owner);
    const after = await published(({ tools }) =>
      tools.some(({ description }) => description === 'Told anew'),
    );
    expect(after.schema_hash).toBe(before.schema_hash);
    expect(after.seq).toBe(before.seq + 1);
  });

  it('stays as it is where a change is another’s', async () => {
    const before = await publishedWith('getThing');
    await touch('globex');
    await touch(owner);
    await aCaller(worker.app).assign('zeus', [await anyEndpoint()]);
    // The publisher goes in order: what it makes of this change comes after what it made of those.
    await query(
      worker.app.ports.storage.fork(),
      `update endpoints set description = 'Last' where name = 'getThing'`,
    );
    await touch(owner);
    const after = await published(({ tools }) =>
      tools.some(({ description }) => description === 'Last'),
    );
    expect(after.seq).toBe(before.seq + 1);
  });

  it('keeps versions for those who read them before', async () => {
    const { seq } = await publishedWith('getThing');
    for (let old = 1; old <= seq; old += 1) {
      expect(await worker.messaging.catalogs.find(old)).not.toBeNull();
    }
  });
});

describe('a request by a catalog', () => {
  it.each<[string, (catalog: Published) => string | undefined]>([
    ['the hash of its tool', ({ tools }) => tools.find(isGetThing)?.schema_hash],
    ['the hash of all tools', ({ schema_hash }) => schema_hash],
    ['no hash', () => ''],
  ])('is made with %s', async (_, hashOf) => {
    const schema_hash = hashOf(await publishedWith('getThing'));
    expect(await outcomeOf(schema_hash)).toEqual({ outcome: 'ok' });
  });

  it('is stale with a hash that nobody knows', async () => {
    await publishedWith('getThing');
    expect(await outcomeOf('0'.repeat(64))).toEqual({ status: 'CATALOG_STALE' });
  });

  it('is made by an older catalog while its own tool is the same', async () => {
    const before = await publishedWith('getThing');
    const { ids } = await aCaller(worker.app).sync(document('/more', 'getMore'), { name: 'more' });
    await aCaller(worker.app).assign('atlas', Object.values(ids));
    const between = await publishedWith('getMore');
    expect(await outcomeOf(before.schema_hash)).toEqual({ outcome: 'ok' });
    await changeSchema('getMore');
    await published(({ schema_hash }) => schema_hash !== between.schema_hash);
    expect(await outcomeOf(before.schema_hash)).toEqual({ outcome: 'ok' });
    expect(await outcomeOf(between.schema_hash)).toEqual({ outcome: 'ok' });
    const stale = { status: 'CATALOG_STALE' };
    expect(await outcomeOf(between.schema_hash, 'getMore')).toEqual(stale);
    expect(await outcomeOf(before.schema_hash, 'getMore')).toEqual(stale);
  });

  it('is stale for a tool that is gone, and without a hash the tool is missing', async () => {
    const { schema_hash } = await publishedWith('getThing');
    const [gone] = await query<{ name: string }>(
      worker.app.ports.storage.fork(),
      `delete from endpoints where name = 'getMore' returning name`,
    );
    expect(gone).toEqual({ name: 'getMore' });
    await touch(owner);
    await published(({ tools }) => tools.every(({ name }) => name !== 'getMore'));
    expect(await outcomeOf(schema_hash, 'getMore')).toEqual({ status: 'CATALOG_STALE' });
    expect(await outcomeOf('', 'getMore')).toEqual({ outcome: 'failed' });
  });

  it('of another tenant is held against the tools of that one', async () => {
    const { tools, schema_hash } = await publishedWith('getThing');
    const trace = worker.aSession({ tenant_id: 'globex', user_id: 'gus' });
    const globex = { outcome: 'ok' };
    expect(await outcomeOf(tools.find(isGetThing)?.schema_hash, 'getThing', trace)).toEqual(globex);
    const stale = { status: 'CATALOG_STALE' };
    expect(await outcomeOf('f'.repeat(64), 'getThing', trace)).toEqual(stale);
    await query(
      worker.app.ports.storage.fork(),
      `update endpoints set input_schema = '{"type":"object"}' where tenant_id = 'globex' and name = 'getThing'`,
    );
    await touch('globex');
    expect(await outcomeOf(schema_hash, 'getThing', trace)).toEqual(stale);
    expect(await outcomeOf(schema_hash, 'getThing')).toEqual({ outcome: 'ok' });
  });
});

async function outcomeOf(schema_hash: string | undefined, tool = 'getThing', trace?: string) {
  const id = await worker.ask({ tool, more: { schema_hash }, ...(trace && { trace }) });
  const { outcome, status } = await worker.answer(id);
  return { ...(outcome && { outcome }), ...(status && { status }) };
}

function isGetThing({ name }: Tool): boolean {
  return name === 'getThing';
}

function publishedWith(tool: string): Promise<Published> {
  return published(({ tools }) => tools.some(({ name }) => name === tool));
}

/** The current catalog, once it is as expected. */
function published(isExpected: (catalog: Published) => boolean): Promise<Published> {
  return untilFound(async () => {
    const current = await worker.messaging.catalogs.current();
    if (!current) return null;
    const catalog = { ...(decode(current.body) as Omit<Published, 'seq'>), seq: current.seq };
    return isExpected(catalog) ? catalog : null;
  });
}

/** A change of a tenant's catalog that is written by hand. */
async function touch(tenant: string): Promise<void> {
  const { storage, clock } = worker.app.ports;
  const actor: Actor = {
    ...{ tenant, app: 'shop', subject: null, expiresAt: null },
    scopes: new Set(['catalog:write']),
  };
  await writeCatalog({ em: storage.fork(), actor, clock }, ({ record }) =>
    record({ kind: 'API_SYNCED' }),
  );
}

async function changeSchema(name: string): Promise<void> {
  await query(
    worker.app.ports.storage.fork(),
    `update endpoints set input_schema = '{"type":"object","properties":{"late":{"type":"string"}}}' where name = $1`,
    [name],
  );
  await touch(owner);
}

async function anyEndpoint(): Promise<string> {
  const [row] = await query<{ id: string }>(
    worker.app.ports.storage.fork(),
    `select id from endpoints where tenant_id = $1 and name = 'getThing'`,
    [owner],
  );
  return row?.id ?? '';
}

function document(path: string, operationId: string): object {
  const responses = { 200: { description: 'Done.' } };
  return {
    ...{ openapi: '3.1.0', info: { title: operationId, version: '1' } },
    servers: [{ url: worker.upstream.origin }],
    paths: { [path]: { get: { operationId, responses } } },
  };
}

/** What the agent is offered elsewhere. */
async function offeredNames(): Promise<string[]> {
  const { server } = worker.app;
  const { data } = await aCaller({ server }).ask(
    '{ agent(id: "atlas") { tools { nodes { name } } } }',
  );
  return data.agent.tools.nodes.map(({ name }: { name: string }) => name).sort();
}
