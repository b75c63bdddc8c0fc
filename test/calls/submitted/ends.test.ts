import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findSubmittedCall } from '../../../src/calls/submitted/find-submitted-call.js';
import { listDeadLetters } from '../../../src/calls/submitted/list-dead-letters.js';
import { replayDeadLetter } from '../../../src/calls/submitted/replay-dead-letter.js';
import { submitCall } from '../../../src/calls/submitted/submit-call.js';
import { watchSubmittedCall } from '../../../src/calls/submitted/watch-submitted-call.js';
import { type Scope, scopes } from '../../../src/context.js';
import { AppError } from '../../../src/errors.js';
import { openPolicy, parsePolicy } from '../../../src/transports/worker/policy.js';
import type { Ask, Ended } from '../../../src/transports/worker/request-source.js';
import { createSubmittedSource } from '../../../src/transports/worker/submitted-source.js';
import { aScene, openReplicas, readEntries } from './scene.js';

type Replicas = Awaited<ReturnType<typeof openReplicas>>;
let replicas: Replicas;
beforeAll(async () => {
  replicas = await openReplicas();
});
afterAll(() => replicas[Symbol.asyncDispose]());

/** The one call that waits, as a worker gets it. */
async function takeAsk(policy = openPolicy): Promise<Ask> {
  const { submitted } = replicas.one;
  const source = createSubmittedSource({ submitted, policy: { current: () => policy } });
  const [entry] = await readEntries(replicas.one);
  const taken = entry && (await source.read(entry, false));
  if (taken?.kind !== 'ask') throw new Error(`nothing to run: ${JSON.stringify(taken)}`);
  return taken.ask;
}

describe('the end of a submitted call', () => {
  const secret = 'postgres://user:password@host is down';
  it.each<[string, Ended, object]>([
    [
      'whose tool refuses what was asked',
      { kind: 'thrown', error: new AppError('INVALID_INPUT', 'id: expected a string') },
      { outcome: 'FAILED', error: { code: 'INVALID_INPUT', message: 'id: expected a string' } },
    ],
    [
      'whose server may not be reached',
      { kind: 'thrown', error: new AppError('FORBIDDEN', 'Not allowed.') },
      { outcome: 'DENIED', error: { code: 'FORBIDDEN', message: 'Not allowed.' } },
    ],
    [
      'that a bug ended',
      { kind: 'thrown', error: new Error(secret) },
      {
        outcome: 'FAILED',
        error: { code: 'INTERNAL', message: expect.not.stringContaining('user') },
      },
    ],
    [
      'that nobody knows of',
      { kind: 'rejected', code: 'INDETERMINATE' },
      { outcome: 'INDETERMINATE', error: { code: 'INDETERMINATE' } },
    ],
    [
      'whose deadline passed',
      { kind: 'rejected', code: 'DEADLINE_EXCEEDED' },
      { outcome: 'TIMEOUT', error: { code: 'DEADLINE_EXCEEDED' } },
    ],
    [
      'that the policy denies',
      { kind: 'denied', message: 'not you.' },
      { outcome: 'DENIED', error: { code: 'FORBIDDEN', message: 'Access denied: not you.' } },
    ],
  ])('%s is told by its result', async (_, ended, result) => {
    await using scene = await aScene(replicas);
    const { id } = await scene.submit('makeThing', { name: 'ball' });
    const ask = await takeAsk();
    await ask.keep(ended, { attempt: 1, durationMs: 12.4 });
    expect(await scene.find(id)).toMatchObject({
      ...{ state: 'DONE' },
      result: { callId: id, result: null, status: null, ...result },
    });
    // The first end stands.
    await ask.keep({ kind: 'rejected', code: 'UNAVAILABLE' }, { attempt: 2, durationMs: 1 });
    expect((await scene.find(id))?.result).toMatchObject(result);
    expect(await ask.begins?.()).toBe(false);
  });

  it('is a refusal by the policy of the worker, for whom it names', async () => {
    await using scene = await aScene(replicas);
    await scene.submit('makeThing', { name: 'ball' });
    const policy = parsePolicy('{"tool_permissions": {"make*": ["ann"]}}');
    const ask = await takeAsk(policy);
    expect(await ask.findRefusal()).toMatchObject({ kind: 'denied' });
    await scene.submit('getThing', { id: '1' });
    expect(await (await takeAsk(policy)).findRefusal()).toBeNull();
  });

  it('has another job after its dead letter was replayed, so that nothing of the first is told', async () => {
    await using scene = await aScene(replicas);
    const { id } = await scene.submit('makeThing', { name: 'ball' });
    const first = await takeAsk();
    await first.keep(
      { kind: 'rejected', code: 'RETRIES_EXHAUSTED' },
      { attempt: 3, durationMs: 1 },
    );
    const [entryId] = [await append(id, scene.tenant)];
    expect(entryId).toBeTruthy();
    const [entry] = await readEntries(replicas.one);
    if (!entry) throw new Error('no entry');
    const about = { reason: 'retries_exhausted', error: 'e', traceId: '' } as const;
    const { requests } = replicas.one.ports.messaging;
    await requests.settle(entry, {
      ...{ replies: [], isDone: true },
      deadLetter: { tenant: scene.tenant, ...about },
    });
    const [letter] = await requests.listDeadLetters({ first: 1, after: null });
    await replayDeadLetter(contextOf(scene.tenant, [scopes.call]), { id: letter?.id ?? '' });
    const second = await takeAsk();
    expect(second.key).not.toEqual(first.key);
    expect(second.idempotencyKey).toBe(first.idempotencyKey);
    expect(second.wasStarted).toBe(false);
  });
});

describe('without the scope', () => {
  const noCall: Scope[] = [scopes.read, scopes.write];
  const noRead: Scope[] = [scopes.write, scopes.call];
  const input = { id: '1-0', agentId: 'atlas', name: 'getThing' };
  it.each<[string, Scope, () => unknown]>([
    ['submits', scopes.call, () => submitCall(contextOf('t', noCall), input)],
    ['finds', scopes.call, () => findSubmittedCall(contextOf('t', noCall), input)],
    ['follows', scopes.call, () => watchSubmittedCall(contextOf('t', noCall), input)],
    ['replays', scopes.call, () => replayDeadLetter(contextOf('t', noCall), input)],
    ['lists dead letters', scopes.read, () => listDeadLetters(contextOf('t', noRead), {})],
  ])('nobody %s', async (_, scope, ask) => {
    await expect(async () => ask()).rejects.toMatchObject({
      code: 'FORBIDDEN',
      details: { scope },
    });
  });
});

function append(id: string, tenant: string): Promise<string> {
  return replicas.one.ports.messaging.requests.append({ submitted_call: id, tenant });
}

function contextOf(tenant: string, granted: Scope[]) {
  const { calls, submitted, ports } = replicas.one;
  const actor = { tenant, app: null, subject: null, scopes: new Set(granted), expiresAt: null };
  return { actor, calls, submitted, clock: ports.clock, traceHeaders: {} };
}
