import { afterAll, beforeAll, describe, expect } from 'vitest';
import { expectAccounted } from './invariants.js';
import { missingPython, titled } from './needs.js';
import { picture } from './oracle.js';
import { statement } from './prove.js';
import type { WireMap } from './python-client.js';
import { openPythonScene, type PythonScene } from './python-scene.js';
import { isReady, type WorkerProcess } from './worker-process.js';

describe.skipIf(missingPython)(titled('on the wire, to a client in Python', missingPython), () => {
  let wire: PythonScene;
  let worker: WorkerProcess;
  const ask = (...args: Parameters<PythonScene['ask']>) => wire.ask(...args);

  beforeAll(async () => {
    wire = await openPythonScene();
    worker = await wire.scene.startWorker();
  }, 120_000);

  afterAll(() => wire?.[Symbol.asyncDispose]());

  statement(1, async () => {
    await using other = await wire.scene.startWorker();
    const asked = await Promise.all(
      Array.from({ length: 24 }, () => ask('slow_read', { tool_args: { key: 'shared', ms: 300 } })),
    );
    for (const { id, data } of asked) {
      expect(data).toMatchObject({ correlation_id: id, outcome: 'ok' });
    }
    expect(wire.scene.oracle.count('shared')).toBe(24);
    const consumers = (await wire.client.command(
      ...['XINFO', 'CONSUMERS', 'sg:stream:tools', 'sg:tools'],
    )) as string[][];
    const names = consumers.map((one) => one[one.indexOf('name') + 1] ?? '');
    const registered = (await wire.client.command(
      ...['KEYS', 'sg:registry:service:tools:*'],
    )) as string[];
    expect(names.sort()).toEqual(registered.map((key) => key.split(':').at(-1)).sort());
    expect(names).toHaveLength(2);
    await other.end('SIGTERM');
  });

  statement(2, async () => {
    const keys = (await wire.client.command('KEYS', 'sg:registry:service:tools:*')) as string[];
    expect(keys).toHaveLength(1);
    const id = keys[0]?.split(':').at(-1) ?? '';
    expect(id).toMatch(/^tools-[0-9a-f]{8}$/);
    expect(await wire.client.command('PTTL', keys[0] ?? '')).toBeLessThanOrEqual(15_000);
    await using other = await wire.scene.startWorker();
    expect(await isReady(other)).toBe(true);
    const both = (await wire.client.command('KEYS', 'sg:registry:service:tools:*')) as string[];
    expect(new Set(both).size).toBe(2);
    await other.end('SIGTERM');
    expect(await wire.client.command('KEYS', 'sg:registry:service:tools:*')).toEqual(keys);
    expect((await fetch(`${worker.health}/healthz`)).status).toBe(200);
    await using without = await wire.scene.startWorker({
      env: { REDIS_URL: '' },
      isAwaited: false,
    });
    expect(await without.ended).toBeGreaterThan(0);
    expect(JSON.stringify(without.log())).toContain('REDIS_URL');
  });

  statement(3, async () => {
    const { data, fields } = await ask('text');
    expect(data.result).toBe('plain wörds');
    expect(Number(fields.ts)).toBeGreaterThan(1e9);
    const file = await ask('picture');
    expect((file.data.writeback as WireMap).sent_files).toMatchObject([
      { media_type: 'image/png', data: { $bytes: picture.toString('base64') } },
    ]);
  });

  statement(4, async () => {
    expect((await ask('text', { tool_args: { key: wire.nextId() }, more: [1] })).data.outcome).toBe(
      'ok',
    );
    for (const falsy of [null, [], '', 0, false]) {
      const { data } = await ask('read', { tool_args: falsy });
      expect(data, JSON.stringify(falsy)).toMatchObject({ outcome: 'failed' });
      expect(data.result, 'the arguments count as {}').toContain('key');
    }
    expect((await ask('read', { ctx: null })).data.error).toBe(
      'Tool request rejected: no authenticated session.',
    );
    const id = wire.nextId();
    await wire.client.send({ correlation_id: id, reply_to: `sg:stream:tools:reply:${id}` });
    expect((await wire.client.read(`sg:stream:tools:reply:${id}`))[0]?.data.error).toContain(
      'session',
    );
    const wrongs: WireMap[] = [
      ...[{ tool_name: 5 }, { tool_args: [1] }, { idem_key: ['a'] }, { ctx: 'a' }],
    ];
    for (const wrong of wrongs) {
      const { data } = await ask('read', wrong);
      const [field = ''] = Object.keys(wrong);
      expect(data.error).toContain(field);
      expect((await wire.client.deadLetters()).at(-1)).toMatchObject({ reason: 'invalid' });
    }
  });

  statement(5, async () => {
    const context = {
      ...{ trace_id: 'trace-1', observability_request_id: 'o', platform: 'p', channel_id: 'c' },
      ...{ user_id: 'mallory', guild_id: 'other', user_name: 'Mallory', message_id: 'm' },
      ...{ disclosed_skill_ids: ['a'], room_context: { topic: 't' } },
    };
    const { id, data } = await ask('make', { ctx: context });
    expect(data).toMatchObject({ outcome: 'ok' });
    const { nodes } = await wire.scene.catalogOf('acme').calls('first: 1');
    expect(nodes[0]?.arguments).toMatchObject({ key: id });
    expect(JSON.stringify(worker.log())).not.toContain('mallory');
  });

  statement(6, async () => {
    const { id, data } = await ask('make');
    expect(data).toEqual({
      ...{ correlation_id: id, result: JSON.stringify({ made: id }) },
      writeback: { sent_files: [], injected_tools: [], sent_rich_messages: [] },
      ...{ outcome: 'ok', attempt: 1, duration_ms: expect.any(Number) },
    });
    const { writeback } = (await ask('picture')).data as { writeback: WireMap };
    expect(writeback).toMatchObject({
      sent_files: [{ media_type: 'image/png' }],
      injected_tools: [],
      sent_rich_messages: [],
    });
  });

  statement(8, async () => {
    const { id, data } = await ask('make', { schema_hash: 'f'.repeat(64) });
    expect(data).toMatchObject({ correlation_id: id, status: 'CATALOG_STALE' });
    expect(data).not.toHaveProperty('result');
    expect(data).not.toHaveProperty('error');
    expect(wire.scene.oracle.count(id)).toBe(0);
  });

  statement(9, async () => {
    const { id, data } = await ask('make', { ctx: { trace_id: 'nobody' } });
    expect(data).toMatchObject({
      correlation_id: id,
      error: 'Tool request rejected: no authenticated session.',
    });
    expect(data).not.toHaveProperty('writeback');
    expect(wire.scene.oracle.count(id)).toBe(0);
  });

  statement(10, async () => {
    const denied = (await ask('guarded')).data;
    expect(denied).toMatchObject({ outcome: 'denied', writeback: { sent_files: [] }, attempt: 1 });
    expect(denied.result).toMatch(/^Access denied: /);
    expect((await ask('broken')).data).toMatchObject({ outcome: 'failed', attempt: 1 });
    expect((await ask('make')).data).toMatchObject({
      outcome: 'ok',
      duration_ms: expect.anything(),
    });
  });

  statement(11, async () => {
    for (const replyTo of ['', null]) {
      const key = wire.nextId();
      await wire.client.send({
        ...{ correlation_id: key, reply_to: replyTo, tool_name: 'make', tool_args: { key } },
        ctx: { trace_id: 'trace-1' },
      });
      await wire.scene.oracle.came(key);
      await expectAccounted(wire.scene);
      expect(await wire.client.command('EXISTS', '')).toBe(0);
    }
  });

  statement(12, async () => {
    const replyTo = 'sg:stream:tools:reply:no-stream';
    await wire.client.command('SET', replyTo, 'a text', 'EX', 60);
    const key = wire.nextId();
    const entry = await wire.client.send({
      ...{ correlation_id: key, reply_to: replyTo, tool_name: 'make', tool_args: { key } },
      ctx: { trace_id: 'trace-1' },
    });
    await expectAccounted(wire.scene);
    const letters = await wire.client.deadLetters();
    expect(letters.find((one) => one.original_msg_id === entry)).toMatchObject({
      reason: 'unanswerable',
    });
    expect(await wire.client.command('GET', replyTo)).toBe('a text');
    expect(letters).toHaveLength(new Set(letters.map((one) => one.original_msg_id)).size);
  });
});
