import { describe, expect, it } from 'vitest';
import type { AuthorizedRequest } from '../../src/calls/authorize-request.js';
import { runAuthorized } from '../../src/calls/run-authorized.js';
import type { RunPolicy } from '../../src/calls/run-request.js';
import { AppError } from '../../src/errors.js';
import { createHttpClient } from '../../src/upstream/create-http-client.js';
import { createHostLimits } from '../../src/upstream/host-limits.js';
import { startFaultyServer } from '../support/faulty-server.js';

/** Accepts `fresh` only; its tokens are `stale` first, then what `renew` gives. */
async function callWith(
  policy: Partial<RunPolicy>,
  renewal: ((signal?: AbortSignal) => Promise<string>) | null = async () => 'fresh',
) {
  await using server = await startFaultyServer(({ socket, head }) => {
    const status = /bearer fresh/i.test(head) ? '200 OK' : '401 Unauthorized';
    socket.write(`HTTP/1.1 ${status}\r\nContent-Length: 0\r\n\r\n`);
  });
  const authorized = (token: string): AuthorizedRequest => ({
    request: {
      method: 'GET',
      url: server.url,
      headers: { Authorization: `Bearer ${token}` },
      body: null,
    },
    secrets: [token],
    renew: renewal && (async (signal) => authorized(await renewal(signal))),
  });
  await using http = createHttpClient({ allow: ['127.0.0.1'] });
  const { run, secrets } = await runAuthorized(
    {
      http,
      hosts: createHostLimits({ maxConcurrent: 1, maxQueued: 0, maxWaitMs: 1_000 }),
      clock: { now: () => new Date() },
    },
    authorized('stale'),
    {
      isSafe: true,
      hasUpstreamIdempotency: false,
      timeoutMs: 5_000,
      maxBytes: 1_000,
      maxStreamMs: 1_000,
      maxAttempts: 1,
      ...policy,
    },
  );
  const status = run.kind === 'answer' ? run.status : null;
  return { status, attempts: run.attempts, secrets, requests: server.heads.length };
}

describe('runAuthorized', () => {
  it('sends a safe request once more with a fresh token', async () => {
    expect(await callWith({})).toEqual({
      status: 200,
      attempts: 2,
      secrets: ['stale', 'fresh'],
      requests: 2,
    });
  });

  it.each<[string, Parameters<typeof callWith>, number]>([
    ['of an unsafe method', [{ isSafe: false }], 1],
    ['of an unsafe method with a key', [{ isSafe: false, hasUpstreamIdempotency: true }], 1],
    ['without a token of ours', [{}, null], 1],
    ['with no fresh token', [{}, () => Promise.reject(new AppError('UPSTREAM_FAILED', 'x'))], 1],
    ['in no time', [{ timeoutMs: 300 }, untilAborted], 1],
    ['a second time', [{}, async () => 'stale as well'], 2],
  ])('leaves the 401 of a request %s', async (_, args, requests) => {
    expect(await callWith(...args)).toMatchObject({ status: 401, requests });
  });
});

/** A token endpoint that never answers, given up when its caller does. */
function untilAborted(signal?: AbortSignal): Promise<string> {
  return new Promise((_, reject) => {
    signal?.addEventListener('abort', () => reject(signal.reason));
  });
}
