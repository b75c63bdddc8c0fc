import { afterAll, afterEach, beforeAll, describe, expect, vi } from 'vitest';
import { completeScript } from '../../src/messaging/redis/job-scripts.js';
import { expectAccounted } from './invariants.js';
import { missingPython, titled } from './needs.js';
import { fault, statement } from './prove.js';
import type { WireMap } from './python-client.js';
import { openPythonScene, type PythonScene } from './python-scene.js';
import { startRedisTap } from './redis-tap.js';

describe.skipIf(missingPython)(titled('the life of a worker', missingPython), () => {
  let wire: PythonScene;

  beforeAll(async () => {
    wire = await openPythonScene();
  }, 120_000);
  afterAll(() => wire?.[Symbol.asyncDispose]());
  afterEach(() => expectAccounted(wire.scene));

  statement(28, async () => {
    await using tap = await startRedisTap(wire.scene.redis.port);
    await using worker = await wire.scene.startWorker({ redisUrl: tap.url });
    await wire.ask('make');
    const held = tap.hold((command) => command[1] === completeScript.sha, 'before');
    const key = wire.nextId();
    const sent = await wire.send('make', { tool_args: { key }, idem_key: key });
    await held;
    expect(await wire.client.read(sent.stream, { seconds: 0 })).toEqual([]);
    tap.release();
    const data = await wire.replyTo(sent);
    const again = await wire.ask('make', { tool_args: { key }, idem_key: key });
    expect(again.data).toEqual({ ...data, correlation_id: again.id });
    expect(wire.scene.oracle.count(key)).toBe(1);
    await worker.end('SIGTERM');
  });

  statement(47, async () => {
    await using tap = await startRedisTap(wire.scene.redis.port);
    await wire.client.command('DEL', 'sg:tools:catalog:current', 'sg:stream:tools');
    const early = await wire.send('make');
    await using worker = await wire.scene.startWorker({ redisUrl: tap.url });
    expect(await wire.replyTo(early)).toMatchObject({ outcome: 'ok' });
    const catalog = (await vi.waitFor(
      async () => {
        const found = await wire.client.catalog();
        expect(found).not.toBeNull();
        return found;
      },
      { timeout: 10_000 },
    )) as { schema_hash: string };
    await vi.waitFor(() =>
      expect(JSON.stringify(worker.log())).toContain(catalog.schema_hash.slice(0, 12)),
    );
    const made = tap.seen.find(([name]) => name?.toLowerCase() === 'xgroup');
    expect(made?.slice(2)).toEqual(['sg:stream:tools', 'sg:tools', '0', 'MKSTREAM']);
    await worker.end('SIGTERM');
  });

  statement(48, async () => {
    await using worker = await wire.scene.startWorker();
    const { data: offered } = await wire.scene.catalogOf('acme').ask('{ localTools { name } }');
    const local = (offered.localTools as { name: string }[])[0]?.name;
    const catalog = (await wire.client.catalog()) as { tools: { name: string }[] };
    expect(catalog.tools.map(({ name }) => name)).toContain('make');
    for (const tool of [local ?? '', 'no_such_tool', '', 'constructor']) {
      const { data } = await wire.ask(tool);
      expect(data.outcome === 'failed' || data.error !== undefined, tool).toBe(true);
    }
    await worker.end('SIGTERM');
  });

  statement(50, async () => {
    await using worker = await wire.scene.startWorker();
    const { stream } = await wire.ask('make');
    const keys = (await wire.client.command('KEYS', '*')) as string[];
    const streams: string[] = [];
    for (const key of keys) {
      if ((await wire.client.command('TYPE', key)) === 'stream') streams.push(key);
    }
    const known = (name: string) =>
      ['sg:stream:tools', 'sg:stream:dlq'].includes(name) || name.includes(':reply:');
    expect(streams).toContain(stream);
    expect(streams.filter((name) => !known(name))).toEqual([]);
    await worker.end('SIGTERM');
  });

  statement(51, async () => {
    await using first = await wire.scene.startWorker();
    const sent = await wire.send('held_read');
    await wire.scene.oracle.came(sent.id);
    await first.end('SIGKILL');
    await using second = await wire.scene.startWorker();
    await wire.scene.oracle.came(sent.id, 2);
    wire.scene.oracle.release(sent.id);
    expect(await wire.replyTo(sent)).toMatchObject({ outcome: 'ok', attempt: 2 });
    const bad = await wire.client.sendRaw(Uint8Array.of(0xc1, 0xc1));
    expect((await wire.ask('make')).data.outcome).toBe('ok');
    const letter = (await vi.waitFor(async () => {
      const found = await wire.client.deadLetters();
      expect(found.map((one) => one.original_msg_id)).toContain(bad);
      return found.find((one) => one.original_msg_id === bad);
    })) as WireMap;
    expect(letter).toMatchObject({
      ...{ original_stream: 'sg:stream:tools', reason: 'undecodable', attempt: '1' },
      ...{ error: expect.any(String), ts: expect.any(String), trace_id: expect.any(String) },
      data: { $bytes: Buffer.of(0xc1, 0xc1).toString('base64') },
    });
    await second.end('SIGTERM');
  });

  fault(72, async () => {
    await using worker = await wire.scene.startWorker();
    const { data } = await wire.ask('picture', { correlation_id: 'wörd 語' });
    expect(data).toMatchObject({ correlation_id: 'wörd 語', outcome: 'ok' });
    const catalog = (await wire.client.catalog()) as { schema_hash: string };
    const { data: fresh } = await wire.ask('make', { schema_hash: catalog.schema_hash });
    expect(fresh.outcome).toBe('ok');
    await worker.end('SIGTERM');
  });
});
