import { encode } from '@msgpack/msgpack';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { expectAccounted } from './invariants.js';
import { missingServer, titled } from './needs.js';
import { openScene } from './open-scene.js';
import { aPolicyFile, type PolicyFile } from './policy-file.js';
import type { Scene } from './scene.js';
import { requestStream } from './wire-caller.js';

const noSession = 'Tool request rejected: no authenticated session.';

describe.skipIf(missingServer)(titled('a busy worker', missingServer), () => {
  let scene: Scene;
  let policy: PolicyFile;

  beforeAll(async () => {
    scene = await openScene();
    policy = await aPolicyFile({ tool_permissions: { text: ['ben'] } });
    const places = { WORKER_CONCURRENCY: '3', WORKER_TENANT_CONCURRENCY: '3' };
    await scene.startWorker({ env: { ...places, WORKER_CONFIG: policy.path } });
  }, 120_000);
  afterAll(async () => {
    await scene?.[Symbol.asyncDispose]();
    await policy?.[Symbol.asyncDispose]();
  });
  afterEach(() => expectAccounted(scene));

  const subjectsOf = async (key: string) =>
    (await scene.audit(key)).map(({ tenant_id, subject }) => `${tenant_id} ${subject}`);
  const jobsOf = () => scene.caller.redis.keys('sg:tools:job:*');

  it('knows of each request who asks now, whatever the session said before', async () => {
    const { caller } = scene;
    const send = async (key: string) =>
      caller.answerTo(await caller.ask({ tool: 'read', args: { key }, trace: 'changing' }));
    const users = [
      { user_id: 'mia' },
      { user_id: 'ben' },
      { user_id: 'gil', tenant_id: 'globex', agent_id: 'hermes' },
      { user_id: 'mia' },
    ];
    for (const [index, record] of users.entries()) {
      await caller.writeSession('changing', record);
      for (const again of ['first', 'second']) {
        expect((await send(`asked ${index} ${again}`)).outcome).toBe('ok');
      }
    }
    const jobs = (await jobsOf()).length;
    for (const record of [{ user_id: '' }, Buffer.from([0xc1])]) {
      await caller.writeSession('changing', record);
      expect((await send('asked by nobody')).error).toBe(noSession);
    }
    await caller.writeSession('changing', { user_id: 'mia' });
    expect((await send('asked again')).outcome).toBe('ok');
    await caller.redis.del('sg:tools:session:changing');
    expect((await send('asked without')).error).toBe(noSession);
    expect((await jobsOf()).length).toBe(jobs + 1);
    for (const [index, who] of ['acme mia', 'acme ben', 'globex gil', 'acme mia'].entries()) {
      await expect.poll(() => subjectsOf(`asked ${index}`)).toEqual([who, who]);
    }
  });

  it('refuses nobody, and lets nobody in, for what another user may', async () => {
    const { caller } = scene;
    const send = async () =>
      caller.answerTo(await caller.ask({ tool: 'text', args: { key: 'shared' }, trace: 'shared' }));
    for (const [user, outcome] of [
      ...[['mia', 'denied'] as const, ['ben', 'ok'] as const],
      ...[['mia', 'denied'] as const, ['ben', 'ok'] as const],
    ]) {
      await caller.writeSession('shared', { user_id: user });
      expect(await send()).toMatchObject({ outcome });
    }
  });

  it('takes over from silent workers before it goes on with what is new', async () => {
    const { caller } = scene;
    const { redis, replyTo, trace } = caller;
    const left = [1, 2, 3, 4, 5].map((one) => ({ correlationId: `left ${one}` }));
    const taking = redis.multi();
    for (const { correlationId } of left) {
      const data = encode({
        ...{ correlation_id: correlationId, reply_to: replyTo, ctx: { trace_id: trace } },
        ...{ tool_name: 'read', tool_args: { key: correlationId } },
      });
      taking.xadd(requestStream, '*', 'data', Buffer.from(data));
    }
    const reading = ['GROUP', 'sg:tools', 'tools-gone', 'STREAMS', requestStream, '>'] as const;
    await taking.xreadgroup(...reading).exec();
    let isOver = false;
    const flood = Array.from({ length: 12 }, async (_, lane) => {
      for (let index = 0; !isOver; index += 1) {
        const key = `flood ${lane} ${index}`;
        await caller.answerTo(await caller.ask({ tool: 'slow_read', args: { key, ms: 5 } }));
      }
    });
    const answers = await Promise.all(left.map((one) => caller.answerTo(one)));
    isOver = true;
    await Promise.all(flood);
    expect(answers.map(({ outcome }) => outcome)).toEqual(left.map(() => 'ok'));
  });
});
