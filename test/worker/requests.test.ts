import { encode } from '@msgpack/msgpack';
import { afterAll, afterEach, beforeAll, describe, expect, vi } from 'vitest';
import { expectAccounted } from './invariants.js';
import { missingServer, titled } from './needs.js';
import { openScene } from './open-scene.js';
import { fault } from './prove.js';
import type { Scene } from './scene.js';
import type { Answer, Ask } from './wire-caller.js';

const noSession = 'Tool request rejected: no authenticated session.';

describe.skipIf(missingServer)(titled('requests', missingServer), () => {
  let scene: Scene;
  let serial = 0;

  beforeAll(async () => {
    scene = await openScene();
    await Promise.all([1, 2, 3].map(() => scene.startWorker()));
  }, 120_000);
  afterAll(() => scene?.[Symbol.asyncDispose]());
  afterEach(() => expectAccounted(scene));

  const nextKey = () => `request ${++serial}`;
  const send = async (ask: Ask): Promise<Answer> =>
    scene.caller.answerTo(await scene.caller.ask(ask));
  const count = (key: string) => scene.oracle.count(key);
  const jobKeys = async () => (await scene.caller.redis.keys('sg:tools:job:*')).sort();
  /** Runs, and expects that it left no record of a job. */
  const leavesNothing = async (run: () => Promise<void>) => {
    const before = await jobKeys();
    await run();
    expect(await jobKeys()).toEqual(before);
  };

  fault(17, async () => {
    const key = nextKey();
    const ask = { tool: 'slow', args: { key, ms: 200 }, correlationId: key };
    const [first] = await Promise.all([scene.caller.ask(ask), scene.caller.ask(ask)]);
    expect(await scene.caller.answerTo(first)).toMatchObject({
      outcome: 'ok',
      correlation_id: key,
    });
    await expectAccounted(scene);
    expect(count(key)).toBe(1);
  });

  fault(18, async () => {
    const key = nextKey();
    const asked = await Promise.all(
      Array.from({ length: 60 }, () =>
        scene.caller.ask({ tool: 'slow', args: { key, ms: 100 }, idemKey: key }),
      ),
    );
    for (const one of asked) {
      expect(await scene.caller.answerTo(one)).toMatchObject({
        ...{ correlation_id: one.correlationId, outcome: 'ok' },
        result: JSON.stringify({ made: key }),
      });
    }
    expect(count(key)).toBe(1);
  });

  fault(19, async () => {
    const key = nextKey();
    const ask = { tool: 'make', args: { key }, idemKey: key };
    const before = new Set(await jobKeys());
    const first = await send(ask);
    const [job = ''] = (await jobKeys()).filter((one) => !before.has(one));
    for (let seconds = 0; seconds < 3; seconds += 1) {
      expect((await send(ask)).result).toBe(first.result);
      // Time goes on for the record alone.
      const left = await scene.caller.redis.pttl(job);
      expect(left).toBeGreaterThan(3_600_000);
      await scene.caller.redis.pexpire(job, left - 120_000);
    }
    expect(count(key)).toBe(1);
  });

  fault(20, async () => {
    const key = nextKey();
    for (const correlationId of ['a', 'b', 'c'].map((one) => `${key} ${one}`)) {
      const answer = await send({ tool: 'make', args: { key }, idemKey: key, correlationId });
      expect(answer).toMatchObject({ correlation_id: correlationId, outcome: 'ok' });
    }
    expect(count(key)).toBe(1);
  });

  fault(21, async () => {
    const key = nextKey();
    await send({ tool: 'make', args: { key, password: 'opensesame' }, idemKey: key });
    const other = await send({ tool: 'make', args: { key: `${key} other` }, idemKey: key });
    expect(other).toMatchObject({ code: 'IDEMPOTENCY_KEY_REUSED', error: expect.any(String) });
    expect(JSON.stringify(other)).not.toContain('opensesame');
    expect(count(`${key} other`)).toBe(0);
    await scene.caller.writeSession('ben', { user_id: 'ben' });
    const ben = await send({
      tool: 'make',
      args: { key: `${key} ben` },
      idemKey: key,
      trace: 'ben',
    });
    expect(ben.result).toBe(JSON.stringify({ made: `${key} ben` }));
    const read = await send({ tool: 'read', args: { key }, idemKey: key });
    expect(read.result).toBe(JSON.stringify({ read: key }));
  });

  fault(22, async () => {
    const key = nextKey();
    const ask = { tool: 'read', args: { key }, correlationId: '' };
    await Promise.all([scene.caller.ask(ask), scene.caller.ask(ask)]);
    const answers = await scene.caller.answersTo({ correlationId: '' }, 2);
    expect(answers.map(({ outcome }) => outcome)).toEqual(['ok', 'ok']);
    expect(count(key)).toBe(2);
  });

  fault(23, async () => {
    const key = nextKey();
    const ask = { tool: 'make', args: { key }, idemKey: '', correlationId: key };
    await scene.caller.ask(ask);
    await scene.caller.ask(ask);
    await scene.caller.answerTo({ correlationId: key });
    await expectAccounted(scene);
    expect(count(key)).toBe(1);
  });

  fault(24, async () => {
    const key = nextKey();
    const ask = { tool: 'make', args: { key }, idemKey: key };
    expect((await send({ ...ask, hash: 'old' })).status).toBe('CATALOG_STALE');
    expect((await send(ask)).outcome).toBe('ok');
    expect(count(key)).toBe(1);
  });

  fault(25, async () => {
    const key = nextKey();
    const ask = { tool: 'make', args: { key }, idemKey: key, trace: key };
    expect((await send(ask)).error).toBe(noSession);
    await scene.caller.writeSession(key, { user_id: 'mia' });
    expect((await send(ask)).outcome).toBe('ok');
    expect(count(key)).toBe(1);
  });

  fault(26, async () => {
    const answer = await send({ tool: 'make', args: { key: 'x' }, trace: 'nobody', hash: 'old' });
    expect(answer.error).toBe(noSession);
    expect(answer).not.toHaveProperty('status');
  });

  fault(27, async () => {
    expect((await send({ tool: 'make', args: { key: nextKey() }, hash: '' })).outcome).toBe('ok');
  });

  fault(29, () =>
    leavesNothing(async () => {
      const refused: [Ask, string][] = [
        [{ tool: 'make', trace: 'nobody' }, 'session'],
        [{ tool: 'make', more: { tool_args: [1] } }, 'tool_args'],
        [{ tool: 'make', more: { deadline_at: 1 } }, 'deadline'],
        [{ tool: 'make', hash: 'old' }, ''],
      ];
      for (const [ask, part] of refused) {
        const answer = await send({ args: { key: nextKey() }, ...ask });
        if (part) expect(answer.error).toContain(part);
        else expect(answer.status).toBe('CATALOG_STALE');
      }
    }),
  );

  fault(30, async () => {
    const key = nextKey();
    const forged = {
      ...{
        trace_id: scene.caller.trace,
        user_id: 'mallory',
        guild_id: 'mallory',
        channel_id: 'mallory',
      },
      ...{ platform: 'mallory', tenant_id: 'globex', app_id: 'mallory', agent_id: 'hermes' },
    };
    const more = { ctx: forged, user_id: 'mallory', tenant_id: 'globex', agent_id: 'hermes' };
    const asked = { tool: 'make', args: { key }, correlationId: key, more };
    expect((await send(asked)).outcome).toBe('ok');
    const rows = await vi.waitFor(async () => {
      const found = await scene.audit(key);
      expect(found.length).toBeGreaterThan(0);
      return found;
    });
    expect(JSON.stringify(rows)).not.toContain('mallory');
    const { nodes } = await scene.catalogOf('globex').calls('first: 5');
    expect(JSON.stringify(nodes)).not.toContain(key);
  });

  fault(31, async () => {
    const records: [string, unknown][] = [
      ['empty', {}],
      ['half', { guild_id: 'g', tenant_id: 'acme' }],
      ['blank', { user_id: ' ' }],
      ['typed', { user_id: { a: 1 } }],
      ['list', ['mia']],
      ['tenant', { user_id: 'mia', tenant_id: ['acme'] }],
      ['broken', Uint8Array.of(0x81, 0xa7, 0x75)],
      ['noise', Uint8Array.of(0xc1, 0xff, 0)],
      ['deep', { user_id: 'mia', more: aDeepList(90) }],
    ];
    const key = nextKey();
    for (const [trace, record] of records) {
      await scene.caller.writeSession(trace, record);
      const answer = await send({ tool: 'make', args: { key }, trace });
      expect(answer.error, trace).toBe(noSession);
    }
    await scene.caller.writeSession('over', { user_id: 'mia' }, 1);
    await vi.waitFor(async () =>
      expect(await scene.caller.redis.exists('sg:tools:session:over')).toBe(0),
    );
    expect((await send({ tool: 'make', args: { key }, trace: 'over' })).error).toBe(noSession);
    expect(count(key)).toBe(0);
  });

  fault(32, async () => {
    const { redis, writeSession } = scene.caller;
    const key = nextKey();
    // The nearest to a store that does not answer while the stream does: the key is no text.
    await redis.hset('sg:tools:session:unreadable', 'a', 'b');
    await redis.expire('sg:tools:session:unreadable', 300);
    const answer = await send({ tool: 'make', args: { key }, trace: 'unreadable' });
    expect(answer.error).toEqual(expect.any(String));
    expect(count(key)).toBe(0);
    await redis.del('sg:tools:session:unreadable');
    await writeSession('unreadable', { user_id: 'mia' });
    const again = await send({ tool: 'make', args: { key }, trace: 'unreadable' });
    expect(again.outcome).toBe('ok');
  });

  fault(33, async () => {
    const key = nextKey();
    const globex = { user_id: 'gil', tenant_id: 'globex', agent_id: 'hermes' };
    await scene.caller.writeSession('globex', globex);
    await scene.caller.writeSession('mixed', { ...globex, agent_id: 'atlas' });
    const missing = await send({ tool: 'make', args: { key }, trace: 'mixed' });
    expect(missing).toMatchObject({ outcome: 'failed', code: 'NOT_FOUND' });
    const unknown = await send({ tool: 'make', args: { key }, idemKey: key, trace: 'globex' });
    expect(unknown.outcome).toBe('ok');
    const ours = await send({ tool: 'make', args: { key: `${key} ours` }, idemKey: key });
    expect(ours.result).toBe(JSON.stringify({ made: `${key} ours` }));
  });

  fault(34, async () => {
    const { redis } = scene.caller;
    const foreign = 'sg:stream:tools:reply:another-type';
    await redis.set('somebody:elses', 'value', 'EX', 300);
    await redis.set(foreign, 'a text', 'EX', 300);
    const key = nextKey();
    const targets = [
      ...[
        'somebody:elses',
        foreign,
        'sg:stream:tools',
        'sg:stream:dlq',
        'sg:tools:catalog:current',
      ],
      ...['sg:tools:catalog:seq', 'sg:stream:tools:reply:', '*', 'sg:tools:session:somebody'],
    ];
    for (const replyTo of targets) {
      const { entryId } = await scene.caller.ask({ tool: 'make', args: { key }, replyTo });
      await vi.waitFor(
        async () => {
          const letters = await scene.caller.deadLetters();
          expect(
            letters.find((one) => one.original_msg_id === entryId),
            replyTo,
          ).toBeDefined();
        },
        { timeout: 10_000 },
      );
    }
    expect(await redis.get('somebody:elses')).toBe('value');
    expect(await redis.get(foreign)).toBe('a text');
    expect(await redis.exists('*', 'sg:tools:session:somebody', 'sg:stream:tools:reply:')).toBe(0);
    expect(count(key), 'by the one reader').toBe(1);
  });

  fault(46, async () => {
    const { caller } = scene;
    const request = (more: object) => encode({ correlation_id: 'p', reply_to: '', ...more });
    const whole = request({ tool_name: 'make', tool_args: { key: 'poison' } });
    const poisons: [string, Uint8Array][] = [
      ['noise', Uint8Array.from({ length: 200 }, (_, index) => (index * 167 + 13) % 256)],
      ['nothing', new Uint8Array()],
      ['cut short', whole.subarray(0, whole.length - 7)],
      ['a text of 4 GiB', Uint8Array.of(0xdb, 0xff, 0xff, 0xff, 0xff, 0x61)],
      ['a list of 4 GiB', Uint8Array.of(0xdd, 0xff, 0xff, 0xff, 0xff, 0xc0)],
      ['a map of 4 GiB', Uint8Array.of(0xdf, 0xff, 0xff, 0xff, 0xff, 0xc0)],
      ['deep', new Uint8Array(100_000).fill(0x91)],
      ['a proto', request({ tool_args: JSON.parse('{"__proto__": {"isAdmin": true}}') as object })],
      ['a list', encode([1, 2])],
      ['a number', encode(5)],
      ['an extension', Uint8Array.of(0xd4, 0x01, 0x00)],
      ['types', request({ tool_name: { a: 1 } })],
      ['large', request({ tool_name: 'make', tool_args: { key: 'a'.repeat(10 * 1024 ** 2) } })],
    ];
    const letters = (await caller.deadLetters()).length;
    for (const [, data] of poisons) await caller.askRaw(data);
    await caller.redis.xadd('sg:stream:tools', '*', 'other', 'field');
    // What follows is answered, so nothing was blocked.
    expect((await send({ tool: 'make', args: { key: nextKey() } })).outcome).toBe('ok');
    await vi.waitFor(
      async () => expect(await caller.deadLetters()).toHaveLength(letters + poisons.length + 1),
      { timeout: 20_000 },
    );
    expect(count('poison')).toBe(0);
    const replyTo = caller.replyTo;
    const oversize = await send({ tool: 'make', args: { key: 'b'.repeat(400_000) }, replyTo });
    expect(oversize.error).toContain('262144');
  });

  fault(47, async () => {
    const large = await send({ tool: 'large', args: { key: nextKey() } });
    expect(large).toMatchObject({ code: 'RESULT_TOO_LARGE', error: expect.any(String) });
    // Records of safe calls are written soon after their answers.
    await vi.waitFor(async () => {
      const { nodes } = await scene.catalogOf('acme').calls('first: 1');
      expect(nodes[0]).toMatchObject({ toolName: 'large', outcome: 'OK' });
    });
  });

  fault(48, async () => {
    const odd = await send({ tool: 'odd', args: { key: nextKey() } });
    expect(odd).toMatchObject({ outcome: 'ok', result: expect.any(String) });
    expect(odd.result?.isWellFormed()).toBe(true);
    const bytes = await send({ tool: 'bytes', args: { key: nextKey() } });
    expect(bytes.outcome).toBe('ok');
  });

  fault(
    49,
    async () => {
      const [never, cut] = [nextKey(), nextKey()];
      const deadline = { deadline_at: Date.now() / 1000 + 1.5 };
      const unsafe = await send({ tool: 'held', args: { key: never }, more: deadline });
      expect(unsafe.error).toEqual(expect.any(String));
      await scene.oracle.gone(never);
      scene.oracle.release(never);
      const later = { deadline_at: Date.now() / 1000 + 1.5 };
      const safe = await send({ tool: 'held_read', args: { key: cut }, more: later });
      expect(safe.error).toEqual(expect.any(String));
      expect((await send({ tool: 'cut', args: { key: nextKey() } })).outcome).not.toBe('ok');
    },
    30_000,
  );
});

function aDeepList(depth: number): unknown {
  return depth === 0 ? 1 : [aDeepList(depth - 1)];
}
