import { randomUUID } from 'node:crypto';
import { type JWTPayload, SignJWT } from 'jose';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { grantDigest } from '../../src/transports/worker/check-grant.js';
import { expectAccounted } from './invariants.js';
import { missingServer, titled } from './needs.js';
import { openScene } from './open-scene.js';
import { fault } from './prove.js';
import type { Scene } from './scene.js';
import type { Answer, Ask } from './wire-caller.js';

const secret = 'a secret of the gateway, 32 bytes or more';
const noSession = 'Tool request rejected: no authenticated session.';

type Grant = JWTPayload & { tool?: string; tenant_id?: string; args_sha256?: string };

/** What the gateway signs for mia of acme: `make` with this key, unless told otherwise. */
function aGrant(key: string, claims: Grant = {}, { by = secret, alg = 'HS256' } = {}) {
  return new SignJWT({
    ...{ sub: 'mia', tenant_id: 'acme', tool: 'make', args_sha256: grantDigest({ key }) },
    ...{ jti: randomUUID(), exp: Math.floor(Date.now() / 1000) + 60 },
    ...claims,
  })
    .setProtectedHeader({ alg })
    .sign(new TextEncoder().encode(by));
}

describe.skipIf(missingServer)(titled('grants', missingServer), () => {
  let scene: Scene;
  let serial = 0;

  beforeAll(async () => {
    scene = await openScene();
    await scene.startWorker({ env: { WORKER_GRANT_SECRET: secret } });
    const { writeSession, record } = scene.caller;
    await writeSession('globex', { user_id: 'mia', tenant_id: 'globex', agent_id: 'hermes' });
    await writeSession('noa', { ...record, user_id: 'noa' });
  }, 120_000);
  afterAll(() => scene?.[Symbol.asyncDispose]());
  afterEach(() => expectAccounted(scene));

  const nextKey = () => `grant ${++serial}`;
  const send = async (grant: unknown, key: string, ask: Partial<Ask> = {}): Promise<Answer> =>
    scene.caller.answerTo(
      await scene.caller.ask({ tool: 'make', args: { key }, more: { grant }, ...ask }),
    );

  it('let their request run', async () => {
    const key = nextKey();
    expect(await send(await aGrant(key), key)).toMatchObject({ outcome: 'ok' });
    expect(scene.oracle.count(key)).toBe(1);
  });

  it.each<[string, (key: string) => unknown]>([
    ['none', () => undefined],
    ['nil', () => null],
    ['no token', () => 'a.b.c'],
    ['one of another secret', (key) => aGrant(key, {}, { by: `${secret}!` })],
    ['one of another algorithm', (key) => aGrant(key, {}, { alg: 'HS384' })],
    ['one that is over', (key) => aGrant(key, { exp: Math.floor(Date.now() / 1000) - 60 })],
    ['one without an end', (key) => aGrant(key, { exp: undefined as never })],
    ['one for years', (key) => aGrant(key, { exp: 4e9 })],
    ['one without an id', (key) => aGrant(key, { jti: '' })],
    [
      'one that nobody signed',
      (key) =>
        `${btoa('{"alg":"none"}')}.${btoa(JSON.stringify({ sub: 'mia', tool: 'make', key }))}.`,
    ],
  ])('are refused as no session is: %s', async (_, make) => {
    const key = nextKey();
    const answer = await send(await make(key), key);
    expect(answer).toMatchObject({ error: noSession, code: 'UNAUTHENTICATED' });
    expect(scene.oracle.count(key)).toBe(0);
    expect(await scene.caller.deadLetters()).toEqual([]);
  });

  fault(33, async () => {
    const key = nextKey();
    const grant = await aGrant(key);
    const replays: Partial<Ask>[] = [
      { tool: 'failing' },
      { args: { key: `${key} other` } },
      { trace: 'globex' },
      { trace: 'noa' },
    ];
    for (const replay of replays) {
      expect(await send(grant, key, replay)).toMatchObject({ error: noSession });
    }
    const first = await send(grant, key, { idemKey: key });
    expect(first).toMatchObject({ outcome: 'ok' });
    // The same request again is answered, another one is not let in on the same grant.
    const again = await send(grant, key, { idemKey: key });
    expect(again).toEqual({ ...first, correlation_id: again.correlation_id });
    expect(await send(grant, key, { idemKey: `${key} b` })).toMatchObject({ error: noSession });
    expect(await send(grant, key)).toMatchObject({ error: noSession });
    expect(scene.oracle.count(key)).toBe(1);
    expect(JSON.stringify(await scene.audit('another request'))).not.toContain(grant);
  });
});
