import { decode } from '@msgpack/msgpack';
import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, describe, expect, vi } from 'vitest';
import { openMemoryMessaging } from '../../src/messaging/memory/open-memory-messaging.js';
import { defaultMessagingSettings } from '../../src/messaging/settings.js';
import { watchPolicy } from '../../src/transports/worker/watch-policy.js';
import { expectAccounted } from './invariants.js';
import { missingServer, titled } from './needs.js';
import { openScene } from './open-scene.js';
import { aPolicyFile, type PolicyFile } from './policy-file.js';
import { fault, statement } from './prove.js';
import type { Scene } from './scene.js';
import type { Answer, Ask } from './wire-caller.js';
import { isReady, type WorkerProcess } from './worker-process.js';

type Catalog = {
  schema_hash: string;
  permissions: Record<string, string[]>;
  tools: { name: string; schema_hash: string; parameters: object }[];
};

describe.skipIf(missingServer)(titled('the configuration', missingServer), () => {
  let scene: Scene;
  let worker: WorkerProcess;
  let policy: PolicyFile;
  let serial = 0;

  beforeAll(async () => {
    policy = await aPolicyFile({});
    scene = await openScene();
    worker = await scene.startWorker({
      env: { WORKER_CONFIG: policy.path, WORKER_CONCURRENCY: '1' },
    });
    await vi.waitFor(async () => expect((await catalog()).tools.length).toBeGreaterThan(0));
  }, 120_000);
  afterAll(async () => {
    await scene?.[Symbol.asyncDispose]();
    await policy?.[Symbol.asyncDispose]();
  });
  afterEach(async () => {
    await setPolicy({});
    await expectAccounted(scene);
  });

  const nextKey = () => `config ${++serial}`;
  const send = async (ask: Ask): Promise<Answer> =>
    scene.caller.answerTo(await scene.caller.ask(ask));
  async function catalog(): Promise<Catalog> {
    const { redis } = scene.caller;
    const current = await redis.get('sg:tools:catalog:current');
    const body = await redis.getBuffer(`sg:tools:catalog:v${current}`);
    return decode(body ?? new Uint8Array()) as Catalog;
  }
  const announce = () => scene.caller.redis.publish('sys:config:updated', 'anything');
  /** Writes the policy, says so, and waits until the catalog has its permissions. */
  async function setPolicy(next: { tool_permissions?: Record<string, string[]> }): Promise<void> {
    await policy.write(next);
    await announce();
    await vi.waitFor(
      async () => expect((await catalog()).permissions).toEqual(next.tool_permissions ?? {}),
      { timeout: 10_000 },
    );
  }

  statement(45, async () => {
    expect((await send({ tool: 'make', args: { key: nextKey() } })).outcome).toBe('ok');
    const before = await catalog();
    await setPolicy({ tool_permissions: { make: ['ben'] } });
    const denied = await send({ tool: 'make', args: { key: nextKey() } });
    expect(denied).toMatchObject({ outcome: 'denied', writeback: expect.anything() });
    expect(denied.result).toMatch(/^Access denied: /);
    expect((await catalog()).schema_hash).toBe(before.schema_hash);
    await policy.write('{ this is no JSON');
    await announce();
    await vi.waitFor(() => expect(JSON.stringify(worker.log())).toContain('the former one holds'));
    expect((await send({ tool: 'make', args: { key: nextKey() } })).outcome).toBe('denied');
    await setPolicy({ tool_permissions: { make: ['mia'] } });
    expect((await send({ tool: 'make', args: { key: nextKey() } })).outcome).toBe('ok');
  });

  statement(46, async () => {
    await scene.caller.redis.call('CLIENT', 'KILL', 'TYPE', 'pubsub', 'SKIPME', 'yes');
    await vi.waitFor(
      async () => {
        await policy.write({ tool_permissions: { make: ['ben'] } });
        await announce();
        expect((await catalog()).permissions).toEqual({ make: ['ben'] });
      },
      { timeout: 15_000, interval: 250 },
    );
  });

  fault(28, async () => {
    const [busy, waiting] = [nextKey(), nextKey()];
    const first = await scene.caller.ask({ tool: 'held', args: { key: busy } });
    await scene.oracle.came(busy);
    const second = await scene.caller.ask({ tool: 'make', args: { key: waiting } });
    await setPolicy({ tool_permissions: { make: ['somebody-else'] } });
    scene.oracle.release(busy);
    expect(await scene.caller.answerTo(first)).toMatchObject({ outcome: 'ok' });
    expect(await scene.caller.answerTo(second)).toMatchObject({ outcome: 'denied' });
    expect(scene.oracle.count(waiting)).toBe(0);
  });

  fault(60, async () => {
    const { config } = openMemoryMessaging(defaultMessagingSettings);
    await using file = await aPolicyFile({});
    const logger = pino({ level: 'silent' });
    await using watch = await watchPolicy({ path: file.path, feed: config, logger, checkMs: 30 });
    expect(watch.current().isAllowed('make', 'mia')).toBe(true);
    await file.write({ tool_permissions: { make: ['ben'] } });
    await vi.waitFor(() => expect(watch.current().isAllowed('make', 'mia')).toBe(false));
  });

  fault(61, async () => {
    await policy.write({ tool_permissions: 5 });
    await announce();
    await vi.waitFor(async () => expect(await isReady(worker)).toBe(false), { timeout: 10_000 });
    expect((await send({ tool: 'make', args: { key: nextKey() } })).outcome).toBe('ok');
    expect((await fetch(`${worker.health}/healthz`)).status).toBe(200);
    await setPolicy({ tool_permissions: { make: ['mia'] } });
    await vi.waitFor(async () => expect(await isReady(worker)).toBe(true), { timeout: 10_000 });
    await policy.write('[]');
    await using bad = await scene.startWorker({
      ...{ env: { WORKER_CONFIG: policy.path }, isAwaited: false },
    });
    expect(await bad.ended).toBe(1);
  });

  fault(62, async () => {
    for (const allowed of ['ben', 'eve']) {
      // Nobody announces it: what changed while nobody listened is seen without a message.
      await policy.write({ tool_permissions: { make: [allowed] } });
      await scene.caller.redis.call('CLIENT', 'KILL', 'TYPE', 'pubsub', 'SKIPME', 'yes');
      await vi.waitFor(
        async () => expect((await catalog()).permissions).toEqual({ make: [allowed] }),
        { timeout: 15_000, interval: 100 },
      );
    }
  });

  fault(63, async () => {
    const { redis } = scene.caller;
    await using other = await scene.startWorker({ env: { WORKER_CONFIG: policy.path } });
    const acme = scene.catalogOf('acme');
    const before = Number(await redis.get('sg:tools:catalog:current'));
    const old = await catalog();
    const { ids } = await acme.sync(scene.oracle.document, { base_url: scene.oracle.origin });
    await acme.ask(
      'mutation ($ids: [ID!]!) { unassignTools(agentId: "atlas", endpointIds: $ids) { id } }',
      { ids: [ids.text] },
    );
    await vi.waitFor(
      async () => expect((await catalog()).tools.map(({ name }) => name)).not.toContain('text'),
      { timeout: 15_000 },
    );
    const after = Number(await redis.get('sg:tools:catalog:current'));
    await other.end('SIGTERM');
    await announce();
    await using late = await scene.startWorker({ env: { WORKER_CONFIG: policy.path } });
    expect(await isReady(late)).toBe(true);
    const last = Number(await redis.get('sg:tools:catalog:current'));
    expect(last - before).toBeLessThanOrEqual(after - before + 1);
    expect((await catalog()).tools.map(({ name }) => name)).not.toContain('text');
    const make = await send({ tool: 'make', args: { key: nextKey() }, hash: old.schema_hash });
    expect(make.outcome, 'only another tool changed').toBe('ok');
    const gone = await send({ tool: 'text', args: { key: nextKey() }, hash: old.schema_hash });
    expect(gone.status).toBe('CATALOG_STALE');
    await acme.assign('atlas', [ids.text ?? '']);
    await late.end('SIGTERM');
  });

  fault(64, async () => {
    const before = await catalog();
    await setPolicy({ tool_permissions: { read: ['mia'] } });
    expect((await catalog()).schema_hash).toBe(before.schema_hash);
    const acme = scene.catalogOf('acme');
    const document = JSON.parse(JSON.stringify(scene.oracle.document)) as {
      paths: Record<string, Record<string, { parameters: unknown[] }>>;
    };
    document.paths['/bytes']?.get?.parameters.push({
      ...{ name: 'more', in: 'query', schema: { type: 'string' } },
    });
    await acme.sync(document, { strategy: 'FORCE' });
    await vi.waitFor(
      async () => expect((await catalog()).schema_hash).not.toBe(before.schema_hash),
      { timeout: 15_000 },
    );
    const after = await catalog();
    const moved = after.tools.filter(
      (tool) =>
        before.tools.find(({ name }) => name === tool.name)?.schema_hash !== tool.schema_hash,
    );
    expect(moved.map(({ name }) => name)).toEqual(['bytes']);
    const key = nextKey();
    const hash = before.schema_hash;
    expect((await send({ tool: 'make', args: { key }, hash })).outcome).toBe('ok');
    expect((await send({ tool: 'bytes', args: { key }, hash })).status).toBe('CATALOG_STALE');
  });

  fault(65, async () => {
    const before = await catalog();
    const { redis } = scene.caller;
    await worker.end('SIGTERM');
    await redis.del('sg:tools:catalog:current');
    worker = await scene.startWorker({
      env: { WORKER_CONFIG: policy.path, WORKER_CONCURRENCY: '1' },
    });
    await vi.waitFor(async () => expect((await catalog()).schema_hash).toBe(before.schema_hash));
  });
});
