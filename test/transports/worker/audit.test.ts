import { PassThrough } from 'node:stream';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { query } from '../../../src/storage/sql.js';
import { aCaller } from '../../calls/callers.js';
import { aPolicyFile, type PolicyFile } from '../../worker/policy-file.js';
import { aWorkerApp, untilFound, type WorkerApp } from './worker-app.js';

type Row = Record<string, unknown> & { kind: string; tool_name: string };

let worker: WorkerApp;
let policy: PolicyFile;
const written: string[] = [];
const sink = new PassThrough().on('data', (chunk: Buffer) => written.push(chunk.toString()));

beforeAll(async () => {
  policy = await aPolicyFile({ privileged_tools: ['storeKey'] });
  worker = await aWorkerApp({
    env: { WORKER_CONFIG: policy.path },
    ports: { logger: pino({ level: 'info' }, sink) },
  });
  const { ids } = await aCaller(worker.app).sync(aKeyDocument(worker.upstream.origin), {
    name: 'keys',
  });
  await aCaller(worker.app).assign('atlas', Object.values(ids));
});
afterAll(async () => {
  await worker?.[Symbol.asyncDispose]();
  await policy?.[Symbol.asyncDispose]();
});

describe('the audit', () => {
  it('has the arguments of every call once, and its outcome', async () => {
    const id = await worker.ask();
    await worker.answer(id);
    const rows = await untilOutcome(id);
    expect(rows.at(-1)).toMatchObject({
      ...{ kind: 'outcome', tenant_id: 'acme', app_id: 'shop', agent_id: 'atlas', subject: 'mia' },
      ...{ tool_name: 'getThing', is_privileged: false, attempt: 1, outcome: 'ok', code: null },
    });
    expect(rows.map((row) => row.arguments).filter((text) => text !== null)).toEqual([
      '{"id":"1"}',
    ]);
  });

  it('has the intent of a slow call while it runs', async () => {
    const id = await worker.ask({ tool: 'readSlowly', args: {} });
    const [intent] = await rowsOf(id, 1);
    expect(intent).toMatchObject({ kind: 'intent', arguments: '{}', outcome: null });
    worker.upstream.release();
    const rows = await untilOutcome(id);
    expect(rows.map(({ kind }) => kind)).toEqual(['intent', 'outcome']);
  });

  it.each<[string, object, string, string]>([
    ['a stranger', { trace: 'nobody' }, 'UNAUTHENTICATED', ''],
    ['an old catalog', { more: { schema_hash: 'f'.repeat(64) } }, 'CATALOG_STALE', 'acme'],
    ['a late request', { more: { deadline_at: 1 } }, 'DEADLINE_EXCEEDED', 'acme'],
    ['a bad request', { more: { tool_args: [1] } }, 'INVALID_REQUEST', ''],
  ])('has the rejection of %s', async (_, request, code, tenant_id) => {
    const id = await worker.ask(request);
    await worker.answer(id);
    expect(await rowsOf(id, 1)).toEqual([
      expect.objectContaining({ kind: 'rejection', code, tenant_id, outcome: null }),
    ]);
  });

  it('shows no secret, by its name, its form or its schema, nor do records and logs', async () => {
    const canary = 'canary-5Xq9';
    const token = `eyJhbGciOiJIUzI1NiJ9.${Buffer.from(canary).toString('base64url')}.c2ln`;
    const args = {
      note: `${canary}-note`,
      list: [{ inner: `${canary}-inner` }],
      headers: { Authorization: `Bearer ${canary}-0123456789` },
      text: `see https://u:${canary}@h.example/?token=${canary} and ${token}`,
      api_key: canary,
    };
    const trace = worker.aSession({});
    const id = await worker.ask({ tool: 'storeKey', args, trace });
    expect((await worker.answer(id)).outcome).toBe('ok');
    const rows = await rowsOf(id, 2);
    expect(rows[0]).toMatchObject({ kind: 'intent', is_privileged: true });
    expect(rows[0]?.arguments).toContain('[redacted]');
    const { nodes } = await aCaller(worker.app).calls('first: 1');
    const told = JSON.stringify([rows, nodes, written]);
    expect(told).toContain('storeKey');
    for (const hidden of [canary, Buffer.from(canary).toString('base64url'), trace]) {
      expect(told).not.toContain(hidden);
    }
  });

  it('keeps names that would forge a line on their own line', async () => {
    const tool = 'x\n{"level":30,"msg":"forged"}\u001b[31m\u0000';
    const id = await worker.ask({ tool });
    await worker.answer(id);
    expect((await rowsOf(id, 1)).length).toBeGreaterThan(0);
    const lines = written.join('').trim().split('\n');
    expect(lines.map((line) => JSON.parse(line).msg)).not.toContain('forged');
    expect(written.join('')).not.toContain('\u001b');
  });
});

async function untilOutcome(correlationId: string): Promise<Row[]> {
  return untilFound(async () => {
    const rows = await rowsOf(correlationId, 1);
    return rows.at(-1)?.kind === 'outcome' ? rows : null;
  });
}

function rowsOf(correlationId: string, count: number): Promise<Row[]> {
  return untilFound(async () => {
    const rows = await query<Row>(
      worker.app.ports.storage.fork(),
      'select * from tool_audit where correlation_id = $1 order by at, kind',
      [correlationId],
    );
    return rows.length >= count ? rows : null;
  });
}

function aKeyDocument(origin: string): object {
  const schema = {
    type: 'object',
    properties: {
      note: { type: 'string', format: 'password' },
      headers: { type: 'object', additionalProperties: { type: 'string' } },
      text: { type: 'string' },
      api_key: { type: 'string' },
      list: {
        type: 'array',
        items: { type: 'object', properties: { inner: { type: 'string', format: 'password' } } },
      },
    },
  };
  const requestBody = { required: true, content: { 'application/json': { schema } } };
  const responses = { 200: { description: 'Stored.' } };
  return {
    ...{ openapi: '3.1.0', info: { title: 'Keys', version: '1' }, servers: [{ url: origin }] },
    paths: { '/things': { post: { operationId: 'storeKey', requestBody, responses } } },
  };
}
