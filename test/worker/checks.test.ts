import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { expectAccounted } from './invariants.js';
import { missingPython, titled } from './needs.js';
import { statement } from './prove.js';
import type { WireMap } from './python-client.js';
import { openPythonScene, type PythonScene } from './python-scene.js';
import { leaseMs } from './scene.js';
import type { WorkerProcess } from './worker-process.js';

const title = 'in its checks, to a client in Python';

describe.skipIf(missingPython)(titled(title, missingPython), () => {
  let wire: PythonScene;
  let worker: WorkerProcess;
  const ask = (...args: Parameters<PythonScene['ask']>) => wire.ask(...args);

  beforeAll(async () => {
    wire = await openPythonScene();
    // What a bug in a tool would do, which none here has.
    worker = await wire.scene.startWorker({ preload: explodeOnCue });
  }, 120_000);

  afterAll(() => wire?.[Symbol.asyncDispose]());

  const count = (key: string) => wire.scene.oracle.count(key);
  const jobKeys = async () => (await wire.client.command('KEYS', 'sg:tools:job:*')) as string[];

  statement(7, async () => {
    const { id, data } = await ask('make', { tool_args: { key: 'explode' } });
    expect(data).toMatchObject({
      ...{ correlation_id: id, outcome: 'exception' },
      error: "Tool 'make' raised RangeError on the tools service.",
    });
    expect(data).not.toHaveProperty('writeback');
    expect(JSON.stringify(data)).not.toContain('hush');
  });

  statement(13, async () => {
    const key = wire.nextId();
    const args: WireMap = { tool_args: { key } };
    const keyed = { ...args, idem_key: 'one' };
    const first = await ask('read', keyed);
    expect((await ask('read', keyed)).data.result).toBe(first.data.result);
    expect(count(key)).toBe(1);
    await ask('read', { ...args, correlation_id: 'other', idem_key: '' });
    expect(count(key)).toBe(2);
    await ask('read', { ...args, correlation_id: 'other', idem_key: null });
    expect(count(key)).toBe(2);
    const streams = [wire.nextId(), wire.nextId()].map((id) => `sg:stream:tools:reply:${id}`);
    for (const stream of streams) {
      await wire.send('read', { ...args, correlation_id: '', reply_to: stream });
      await wire.client.read(stream);
    }
    expect(count(key)).toBe(4);
    await wire.client.session('trace-2', { user_id: 'ben' });
    await ask('read', { ...keyed, ctx: { trace_id: 'trace-2' } });
    expect(count(key)).toBe(5);
    await ask('slow_read', keyed);
    expect(count(key)).toBe(6);
  });

  statement(14, async () => {
    const { id, entryId, ...sent } = await wire.send('held');
    await wire.scene.oracle.came(id);
    const [job = ''] = (await jobKeys()).filter(Boolean).slice(-1);
    expect(await wire.client.command('PTTL', job)).toBeGreaterThan(0);
    await new Promise((done) => setTimeout(done, 2.5 * leaseMs));
    const [delivery] = (await wire.client.command(
      ...['XPENDING', 'sg:stream:tools', 'sg:tools', entryId, entryId, 10],
    )) as [string, string, number, number][];
    expect(delivery?.[3]).toBe(1);
    wire.scene.oracle.release(id);
    expect(await wire.replyTo({ id, entryId, ...sent })).toMatchObject({
      outcome: 'ok',
      attempt: 1,
    });
    expect(count(id)).toBe(1);
  });

  statement(15, async () => {
    const key = wire.nextId();
    const first = await ask('make', { tool_args: { key }, idem_key: key });
    const again = await ask('make', { tool_args: { key }, idem_key: key });
    expect(again.data).toEqual({ ...first.data, correlation_id: again.id });
    expect(count(key)).toBe(1);
  });

  statement(16, async () => {
    const key = wire.nextId();
    const same = { tool_args: { key }, idem_key: key };
    const first = await wire.send('held', same);
    await wire.scene.oracle.came(key);
    const second = await wire.send('held', same);
    wire.scene.oracle.release(key);
    for (const sent of [first, second]) {
      const data = await wire.replyTo(sent);
      expect(data).toMatchObject({ correlation_id: sent.id, outcome: 'ok' });
    }
    expect(count(key)).toBe(1);
  });

  statement(17, async () => {
    const catalog = (await wire.client.catalog()) as { schema_hash: string; tools: WireMap };
    expect((await ask('make', { schema_hash: catalog.schema_hash })).data.outcome).toBe('ok');
    expect((await ask('make', { schema_hash: '' })).data.outcome).toBe('ok');
    const before = await jobKeys();
    const key = wire.nextId();
    const stale = { tool_args: { key }, idem_key: key, schema_hash: 'f'.repeat(64) };
    expect((await ask('make', stale)).data.status).toBe('CATALOG_STALE');
    expect(await jobKeys()).toEqual(before);
    const fresh = { ...stale, schema_hash: catalog.schema_hash };
    expect((await ask('make', fresh)).data.outcome).toBe('ok');
    expect(count(key)).toBe(1);
  });

  statement(18, async () => {
    const before = await jobKeys();
    const key = wire.nextId();
    const late = { tool_args: { key }, idem_key: key, ctx: { trace_id: 'late' } };
    const sentence = 'Tool request rejected: no authenticated session.';
    expect((await ask('make', late)).data.error).toBe(sentence);
    const trace = createHash('sha256').update('late').digest('hex').slice(0, 16);
    const line = () => worker.log().find((one) => one.trace === trace);
    const said = { level: 40, tool: 'make', code: 'UNAUTHENTICATED' };
    await expect.poll(line, { timeout: 20_000 }).toMatchObject(said);
    await wire.client.session('late', { user_id: '' });
    expect((await ask('make', late)).data.error).toBe(sentence);
    expect(await jobKeys()).toEqual(before);
    await wire.client.session('late', { user_id: 'mia' });
    expect((await ask('make', late)).data.outcome).toBe('ok');
    expect(count(key)).toBe(1);
  });

  statement(19, async () => {
    const key = wire.nextId();
    const context = { trace_id: '', user_id: 'mia', guild_id: 'g', platform: 'discord' };
    const { data } = await ask('make', { tool_args: { key }, ctx: context });
    expect(data.error).toBe('Tool request rejected: no authenticated session.');
    expect(count(key)).toBe(0);
  });

  statement(20, async () => {
    await wire.client.session('globex', {
      ...{ user_id: 'gil', tenant_id: 'globex', app_id: 'shop', agent_id: 'hermes' },
    });
    const context = { trace_id: 'globex', user_id: 'eve', tenant_id: 'acme', agent_id: 'atlas' };
    const { id, data } = await ask('make', { ctx: { ...context, guild_id: 'x' } });
    expect(data.outcome).toBe('ok');
    const of = async (tenant: string) =>
      (await wire.scene.catalogOf(tenant).calls('first: 5')).nodes.map((one) => one.arguments);
    expect(await of('globex')).toContainEqual({ key: id });
    expect(await of('acme')).not.toContainEqual({ key: id });
  });

  statement(21, async () => {
    const odd = { message_id: 5, disclosed_skill_ids: 'none', room_context: [[{}]], user_name: 7 };
    const { data } = await ask('make', { ctx: { trace_id: 'trace-1', ...odd } });
    expect(data.outcome).toBe('ok');
  });

  statement(22, async () => {
    const trace = { observability_request_id: 'seen-from-outside' };
    await ask('make', { ctx: trace, tool_args: [1] });
    const [letter] = (await wire.client.deadLetters()).slice(-1);
    expect(letter).toMatchObject({ reason: 'invalid', trace_id: expect.any(String) });
    await ask('make', { ctx: { trace_id: 'seen' }, tool_args: [1] });
    expect((await wire.client.deadLetters()).at(-1)).toMatchObject({ trace_id: 'seen' });
  });

  statement(23, async () => {
    const { id } = await ask('make');
    const { nodes } = await wire.scene.catalogOf('acme').calls('first: 1');
    expect(nodes[0]).toMatchObject({
      ...{ toolName: 'make', agentId: 'atlas', outcome: 'OK', arguments: { key: id } },
    });
  });

  statement(24, async () => {
    const past = await ask('make', { deadline_at: Date.now() / 1000 - 1 });
    expect(past.data).toMatchObject({ code: 'DEADLINE_EXCEEDED', error: expect.any(String) });
    expect(count(past.id)).toBe(0);
    const short = await wire.send('held_read', { deadline_at: Date.now() / 1000 + 1 });
    await wire.scene.oracle.gone(short.id);
    expect(await wire.replyTo(short)).toMatchObject({ error: expect.any(String) });
  });

  statement(25, async () => {
    expect((await ask('text')).data.result).toBe('plain wörds');
    const { id, data } = await ask('read');
    expect(data.result).toBe(JSON.stringify({ read: id }));
    expect((await ask('nothing')).data.result).toBe('null');
  });

  statement(26, async () => {
    await ask('make', { tool_args: { key: 'explode' } });
    const told = JSON.stringify(worker.log());
    expect(told).toContain('RangeError');
    const sent = await wire.send('held');
    await wire.scene.oracle.came(sent.id);
    const end = worker.end('SIGTERM');
    wire.scene.oracle.release(sent.id);
    expect(await wire.replyTo(sent)).toMatchObject({ outcome: 'ok' });
    expect(await end).toBe(0);
    worker = await wire.scene.startWorker();
  });

  statement(27, async () => {
    for (const tool of ['make', 'guarded', 'broken']) {
      const key = wire.nextId();
      const first = await ask(tool, { tool_args: { key }, idem_key: key });
      const again = await ask(tool, { tool_args: { key }, idem_key: key });
      expect(again.data.outcome).toBe(first.data.outcome);
      expect(count(key)).toBe(tool === 'guarded' ? 0 : 1);
    }
    const endings = await Promise.all(
      (await jobKeys()).map((key) => wire.client.command('PTTL', key)),
    );
    expect(Math.max(...endings.map(Number))).toBeGreaterThan(23 * 3_600_000);
    await expectAccounted(wire.scene);
  });
});

/** Arguments with the key `explode` cannot be made a body; the message has a secret. */
const explodeOnCue = `
  const stringify = JSON.stringify;
  JSON.stringify = (value, ...rest) => {
    if (value && value.key === 'explode' && rest.length === 0) {
      throw new RangeError('hush');
    }
    return stringify(value, ...rest);
  };
`;
