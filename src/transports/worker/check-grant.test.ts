import { SignJWT } from 'jose';
import { expect, it } from 'vitest';
import { createMemoryGrants } from '../../messaging/memory/memory-stores.js';
import { createGrantCheck, type GrantedRequest, grantDigest } from './check-grant.js';

const secret = 's'.repeat(32);
const start = Date.parse('2026-11-21T12:00:00Z');

function aScene() {
  let now = start;
  const check = createGrantCheck({
    ...{ secret, clock: { now: () => new Date(now) } },
    grants: createMemoryGrants(() => now),
  });
  const pass = (ms: number) => {
    now += ms;
  };
  return { check, pass };
}

async function aRequest(more: Partial<GrantedRequest> = {}): Promise<GrantedRequest> {
  const args = { b: 1, a: [true, 'x'] };
  const grant = await new SignJWT({
    ...{ sub: 'mia', tenant_id: 'acme', tool: 'make', args_sha256: grantDigest(args), jti: '1' },
    exp: start / 1000 + 60,
  })
    .setProtectedHeader({ alg: 'HS256' })
    .sign(new TextEncoder().encode(secret));
  return {
    ...{ grant, userId: 'mia', tenant: 'acme', toolName: 'make', arguments: args },
    ...{ jobId: 'job', isAgain: false, ...more },
  };
}

it('digests arguments as a caller in any language can', () => {
  // printf '{"a":[true,"x"],"b":1}' | sha256sum
  expect(grantDigest({ b: 1, a: [true, 'x'] })).toBe(
    'f15ef113d6e0c876b9ea9e90ebc36ad3f8b350d44634ba2fc407e978fb8cebeb',
  );
});

it('lets a request that used its grant in time end after it', async () => {
  const { check, pass } = aScene();
  expect(await check(await aRequest())).toBeNull();
  pass(120_000);
  expect(await check(await aRequest({ isAgain: true }))).toBeNull();
  expect(await check(await aRequest())).toBe('the grant has expired');
  expect(await check(await aRequest({ isAgain: true, jobId: 'other' }))).toBe(
    'the grant has expired',
  );
});

it('does not let one begin that was delivered before, and never seen', async () => {
  const { check, pass } = aScene();
  pass(120_000);
  expect(await check(await aRequest({ isAgain: true }))).toBe('the grant has expired');
});

it.each<[string, Partial<GrantedRequest>]>([
  ['user', { userId: 'noa' }],
  ['tenant', { tenant: 'globex' }],
  ['tool', { toolName: 'unmake' }],
  ['arguments', { arguments: { b: 1, a: [true, 'x', null] } }],
])('is of no use for another %s, and is not used up by it', async (_, more) => {
  const { check } = aScene();
  expect(await check(await aRequest({ ...more, jobId: 'theirs' }))).toContain('the grant is for');
  expect(await check(await aRequest())).toBeNull();
});

it('is used once', async () => {
  const { check } = aScene();
  expect(await check(await aRequest())).toBeNull();
  expect(await check(await aRequest())).toBeNull();
  expect(await check(await aRequest({ jobId: 'second' }))).toBe(
    'the grant was used for another request',
  );
});
