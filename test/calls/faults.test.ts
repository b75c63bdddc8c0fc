import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { PlannedRequest, RunResult } from '../../src/calls/call-types.js';
import { classifyOutcome } from '../../src/calls/classify-outcome.js';
import { isSafeMethod, type RunPolicy, runRequest } from '../../src/calls/run-request.js';
import { createHttpClient, type HttpClientOptions } from '../../src/upstream/create-http-client.js';
import { createHostLimits } from '../../src/upstream/host-limits.js';
import { type FaultyServer, type RawRequest, startFaultyServer } from '../support/faulty-server.js';
import { faults, okHead } from './fault-list.js';

const ok = `${okHead}Content-Length: 4\r\n\r\ndone`;

const systemClock = { now: () => new Date() };
const aPolicy: RunPolicy = {
  isSafe: false,
  hasUpstreamIdempotency: false,
  timeoutMs: 5_000,
  maxBytes: 1_000,
  maxStreamMs: 1_000,
  maxAttempts: 1,
};

/** One call with its own client, which must leave no connection behind. */
async function call(
  url: string,
  {
    method = 'GET',
    client = {},
    signal,
    ...policy
  }: Partial<RunPolicy> & {
    method?: string;
    client?: Partial<HttpClientOptions>;
    signal?: AbortSignal;
  } = {},
) {
  await using http = createHttpClient({ allow: ['127.0.0.1'], ...client });
  const body = isSafeMethod(method) ? null : Buffer.from('{}');
  const request: PlannedRequest = { method, url, headers: {}, body };
  const run = await runRequest(
    {
      http,
      hosts: createHostLimits({ maxConcurrent: 10, maxQueued: 10, maxWaitMs: 1_000 }),
      clock: systemClock,
      random: () => 0,
    },
    request,
    { ...aPolicy, isSafe: isSafeMethod(method), ...policy },
    signal,
  );
  return { run, ...classifyOutcome(run, { isSafe: isSafeMethod(method), accept: [] }) };
}

function bodyLength(run: RunResult): number {
  return run.kind === 'answer' ? run.body.length : -1;
}

async function closedPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

describe('a server that', () => {
  it.each(faults)('$name', async ({ answer, policy, outcomes, message }) => {
    await using server = await startFaultyServer(answer);
    for (const [index, method] of ['GET', 'POST'].entries()) {
      const { run, outcome, error, result, status } = await call(`${server.url}/x`, {
        method,
        ...policy,
      });
      expect({ method, outcome, result, status }).toEqual({
        method,
        outcome: outcomes[index],
        result: null,
        status: null,
      });
      expect(run).toMatchObject({ kind: 'failure', attempts: 1, mayHaveRun: true });
      expect(error?.message).toMatch(message);
      await server.allClosed();
    }
  });

  it('refuses the connection has seen nothing', async () => {
    const url = `http://127.0.0.1:${await closedPort()}/`;
    for (const method of ['GET', 'POST']) {
      const { run, outcome } = await call(url, { method });
      expect({ outcome, run }).toMatchObject({
        outcome: 'FAILED',
        run: { mayHaveRun: false, message: '"127.0.0.1" refuses the connection.' },
      });
    }
  });

  it('has no name, no address or no TLS has seen nothing', async () => {
    await using server = await startFaultyServer(() => {});
    const missing = await call('http://nowhere.example/', {
      method: 'POST',
      client: { resolve: () => Promise.reject(new Error('ENOTFOUND')) },
    });
    expect(missing).toMatchObject({ outcome: 'FAILED', run: { mayHaveRun: false } });
    const slow = await call('http://slow.example/', {
      method: 'POST',
      timeoutMs: 50,
      client: { resolve: () => new Promise(() => {}) },
    });
    expect(slow).toMatchObject({ outcome: 'TIMEOUT', run: { mayHaveRun: false } });
    await using plain = await startFaultyServer(() => {});
    const tls = call(plain.url.replace('http:', 'https:'), { method: 'POST', timeoutMs: 200 });
    expect(await tls).toMatchObject({ outcome: 'TIMEOUT', run: { mayHaveRun: false } });
    expect(server.heads).toEqual([]);
  });
});

describe('an answer that goes on', () => {
  const endless = (head: string, piece: Buffer | string) => (request: RawRequest) => {
    const { socket } = request;
    socket.write(head);
    const more = () => {
      while (!socket.destroyed && socket.write(piece));
    };
    socket.on('drain', more);
    more();
  };

  it('is cut at the limit and marked, and its connection closed', async () => {
    await using server = await startFaultyServer(endless(`${okHead}\r\n`, 'x'.repeat(10_000)));
    const { outcome, result, run } = await call(server.url);
    expect(outcome).toBe('OK');
    expect(bodyLength(run)).toBe(1_000);
    expect(result).toMatchObject({ truncated: true, text: 'x'.repeat(1_000) });
    await server.allClosed();
  });

  it('is cut although it told its length', async () => {
    const head = `${okHead}Content-Length: 100000000\r\n\r\n`;
    await using server = await startFaultyServer(endless(head, 'x'.repeat(10_000)));
    expect(await call(server.url)).toMatchObject({ outcome: 'OK', run: { isTruncated: true } });
    await server.allClosed();
  });

  it('just within the limit is not cut', async () => {
    await using server = await startFaultyServer(({ socket }) =>
      socket.write(`${okHead}Content-Length: 1000\r\n\r\n${'x'.repeat(1_000)}`),
    );
    expect(await call(server.url)).toMatchObject({ run: { isTruncated: false } });
  });

  it('as a gzip bomb is cut before it unfolds', async () => {
    const bomb = gzipSync(gzipSync(Buffer.alloc(200 * 1024 ** 2)));
    await using server = await startFaultyServer(({ socket }) => {
      socket.write(
        `${okHead}Content-Encoding: gzip, gzip\r\nContent-Length: ${bomb.length}\r\n\r\n`,
      );
      socket.write(bomb);
    });
    const before = process.memoryUsage().arrayBuffers;
    const { outcome, run } = await call(server.url);
    expect({ outcome, run }).toMatchObject({ outcome: 'OK', run: { isTruncated: true } });
    expect(bodyLength(run)).toBe(1_000);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(50 * 1024 ** 2);
    await server.allClosed();
  });

  it('as events without end is what came in its time', async () => {
    await using server = await startFaultyServer(({ socket }) => {
      socket.write('HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: first\n\n');
    });
    const { outcome, result } = await call(server.url, { maxStreamMs: 60 });
    expect({ outcome, result }).toMatchObject({
      outcome: 'OK',
      result: { truncated: true, mediaType: 'text/event-stream', text: 'data: first\n\n' },
    });
    await server.allClosed();
  });

  it('as lines of JSON without end is the lines that are whole', async () => {
    await using server = await startFaultyServer(
      endless(
        'HTTP/1.1 200 OK\r\nContent-Type: application/x-ndjson\r\n\r\n',
        '{"a":1}\n'.repeat(1_000),
      ),
    );
    const { result } = await call(server.url, { maxBytes: 20 });
    expect(result).toMatchObject({ truncated: true, items: [{ a: 1 }, { a: 1 }] });
    await server.allClosed();
  });

  it.each<[string, (request: RawRequest) => void, Partial<RunPolicy>]>([
    ['whose connection breaks', ({ socket }) => void socket.resetAndDestroy(), {}],
    ['when the time of the call is up', () => {}, { timeoutMs: 200, maxStreamMs: 60_000 }],
  ])('as events %s is what came before', async (_, then, policy) => {
    await using server = await startFaultyServer((request) => {
      const head = 'HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n';
      request.socket.write(`${head}Transfer-Encoding: chunked\r\n\r\n9\r\ndata: a\n\n\r\n`, () =>
        setTimeout(() => then(request), 50),
      );
    });
    expect(await call(server.url, { method: 'POST', ...policy })).toMatchObject({
      outcome: 'OK',
      result: { truncated: true, text: 'data: a\n\n' },
    });
    await server.allClosed();
  });

  it('as events that end is whole', async () => {
    await using server = await startFaultyServer(({ socket }) => {
      socket.end('HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: a\n\n');
    });
    expect((await call(server.url)).result).toBe('data: a\n\n');
  });
});

describe('a caller who goes away', () => {
  const stages: [string, (request: RawRequest) => void, boolean][] = [
    ['while it waits for the answer', () => {}, true],
    [
      'while it reads the answer',
      ({ socket }) => socket.write(`${okHead}Content-Length: 10\r\n\r\nhalf`),
      true,
    ],
    [
      'while it reads a stream',
      ({ socket }) =>
        socket.write('HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: a\n\n'),
      true,
    ],
  ];

  it.each(stages)('%s ends the request', async (_, answer, mayHaveRun) => {
    const caller = new AbortController();
    await using server = await startFaultyServer((request) => {
      answer(request);
      setTimeout(() => caller.abort(new Error('gone')), 30);
    });
    const { outcome, run } = await call(server.url, { method: 'POST', signal: caller.signal });
    expect({ outcome, run }).toMatchObject({
      outcome: 'INDETERMINATE',
      run: { code: 'UPSTREAM_FAILED', mayHaveRun, message: /went away/ },
    });
    await server.allClosed();
  });

  it('before it was sent, sends nothing', async () => {
    await using server = await startFaultyServer(({ socket }) => socket.write(ok));
    const signal = AbortSignal.abort();
    expect(await call(server.url, { method: 'POST', signal })).toMatchObject({
      outcome: 'FAILED',
      run: { mayHaveRun: false },
    });
    expect(server.heads).toEqual([]);
  });

  it('while the name is looked up, sends nothing', async () => {
    await using server = await startFaultyServer(({ socket }) => socket.write(ok));
    const caller = new AbortController();
    const found = Promise.withResolvers<void>();
    const result = call(`http://slow.example:${server.port}/`, {
      method: 'POST',
      signal: caller.signal,
      client: {
        resolve: async () => {
          caller.abort();
          await found.promise;
          return [{ address: '127.0.0.1', family: 4 }];
        },
      },
    });
    expect(await result).toMatchObject({ outcome: 'FAILED', run: { mayHaveRun: false } });
    found.resolve();
    await server.allClosed();
    expect(server.heads).toEqual([]);
  });
});

describe('a repeated attempt', () => {
  const busy = (status: string, more = '') =>
    `HTTP/1.1 ${status}\r\n${more}Content-Length: 4\r\n\r\nbusy`;

  async function serverThat(...answers: (string | ((request: RawRequest) => void))[]) {
    return startFaultyServer((request) => {
      const answer = answers[Math.min(request.index, answers.length - 1)] ?? ok;
      if (typeof answer === 'string') request.socket.write(answer);
      else answer(request);
    });
  }

  const reset = ({ socket }: RawRequest) => void socket.resetAndDestroy();

  it.each<[string, Parameters<typeof serverThat>]>([
    ['429', [busy('429 Too Many', 'Retry-After: 0\r\n'), ok]],
    ['502', [busy('502 Bad'), ok]],
    ['503', [busy('503 Busy'), ok]],
    ['504', [busy('504 Slow'), ok]],
    ['a reset', [reset, ok]],
  ])('of a safe method follows %s', async (_, answers) => {
    await using server = await serverThat(...answers);
    expect(await call(server.url, { maxAttempts: 3 })).toMatchObject({
      outcome: 'OK',
      run: { attempts: 2 },
    });
    expect(server.heads).toHaveLength(2);
  });

  it.each<[string, Parameters<typeof serverThat>, Partial<RunPolicy>, number]>([
    ['of an unsafe method never comes', [busy('503 Busy')], {}, 1],
    ['of an unsafe method never comes after a reset', [reset], {}, 1],
    [
      'comes where the upstream takes an idempotency key',
      [busy('503 Busy'), reset, ok],
      { hasUpstreamIdempotency: true },
      3,
    ],
  ])('%s', async (_, answers, policy, expected) => {
    await using server = await serverThat(...answers);
    const { run } = await call(server.url, { method: 'POST', maxAttempts: 3, ...policy });
    expect(run.attempts).toBe(expected);
    expect(server.heads).toHaveLength(expected);
  });

  it.each([
    ['500 Broken', 1],
    ['404 Not Found', 1],
    ['503 Busy', 3],
  ])('after %s: %i in all', async (status, expected) => {
    await using server = await serverThat(busy(status));
    const { run, outcome } = await call(server.url, { maxAttempts: 3 });
    expect({ outcome, attempts: run.attempts }).toEqual({ outcome: 'FAILED', attempts: expected });
  });

  it('does not wait for longer than the call may take', async () => {
    await using server = await serverThat(busy('429 Too Many', 'Retry-After: 3600\r\n'));
    // Waiting out the time would take longer than a test may.
    expect(await call(server.url, { maxAttempts: 3, timeoutMs: 600_000 })).toMatchObject({
      status: 429,
      run: { attempts: 1 },
    });
  });

  it('waits as long as the upstream asks for', async () => {
    const times: number[] = [];
    await using server = await startFaultyServer(({ socket, index }) => {
      times.push(performance.now());
      socket.write(index === 0 ? busy('429 Too Many', 'Retry-After: 1\r\n') : ok);
    });
    await call(server.url, { maxAttempts: 2 });
    expect((times[1] ?? 0) - (times[0] ?? 0)).toBeGreaterThan(950);
  });

  it('ends when the caller goes away', async () => {
    const caller = new AbortController();
    await using server = await startFaultyServer(({ socket }) => {
      socket.write(busy('503 Busy', 'Retry-After: 3\r\n'));
      setTimeout(() => caller.abort(), 30);
    });
    const { run } = await call(server.url, { maxAttempts: 3, signal: caller.signal });
    expect(run).toMatchObject({ attempts: 1, kind: 'answer', status: 503 });
    expect(server.heads).toHaveLength(1);
  });

  it.each([
    ['EAI_AGAIN', 3],
    ['ENOTFOUND', 1],
  ])('after %s of the resolver: %i in all', async (code, expected) => {
    const resolve = () => Promise.reject(Object.assign(new Error('getaddrinfo'), { code }));
    const { run, outcome } = await call('http://away.example/', {
      maxAttempts: 3,
      client: { resolve },
    });
    expect({ outcome, run }).toMatchObject({
      outcome: 'FAILED',
      run: { attempts: expected, mayHaveRun: false },
    });
  });

  it('follows a name that was not to be had at first', async () => {
    await using server = await startFaultyServer(({ socket }) => socket.write(ok));
    let lookups = 0;
    const resolve = async () => {
      lookups += 1;
      if (lookups === 1) throw Object.assign(new Error('getaddrinfo'), { code: 'EAI_AGAIN' });
      return [{ address: '127.0.0.1', family: 4 }];
    };
    const url = `http://shy.example:${server.port}/`;
    expect(await call(url, { maxAttempts: 3, client: { resolve } })).toMatchObject({
      outcome: 'OK',
      run: { attempts: 2 },
    });
  });

  it('follows a refused connection', async () => {
    const { run } = await call(`http://127.0.0.1:${await closedPort()}/`, { maxAttempts: 3 });
    expect(run).toMatchObject({ attempts: 3, kind: 'failure', mayHaveRun: false });
  });
});

describe('egress', () => {
  it.each([
    'http://127.0.0.1:PORT/',
    'http://127.1:PORT/',
    'http://2130706433:PORT/',
    'http://0x7f000001:PORT/',
    'http://0x7f.0.0.1:PORT/',
    'http://0177.0.0.1:PORT/',
    'http://017700000001:PORT/',
    'http://0.0.0.0:PORT/',
    'http://0:PORT/',
    'http://[::]:PORT/',
    'http://[::1]:PORT/',
    'http://[::ffff:127.0.0.1]:PORT/',
    'http://[::ffff:7f00:1]:PORT/',
    'http://[64:ff9b::7f00:1]:PORT/',
    'http://localhost:PORT/',
    'http://localhost.:PORT/',
    'http://api.localhost:PORT/',
    'http://100.64.0.1:PORT/',
    'http://169.254.169.254/latest/meta-data/',
    'http://[fd00:ec2::254]/',
    'http://example.com@127.0.0.1:PORT/',
    'http://user:password@example.com:PORT/',
    'file:///etc/passwd',
  ])('to %s is denied, and nothing connects', async (url) => {
    await using server = await startFaultyServer(({ socket }) => socket.write(ok));
    const target = url.replace('PORT', String(server.port));
    const { outcome, run } = await call(target, { method: 'POST', client: { allow: [] } });
    expect({ outcome, run }).toMatchObject({
      outcome: 'DENIED',
      run: { code: 'FORBIDDEN', mayHaveRun: false, attempts: 1 },
    });
    expect(server.heads).toEqual([]);
    expect(server.openSockets()).toBe(0);
  });

  it('has no URL with an IPv6 zone id', async () => {
    await expect(call('http://[fe80::1%25lo]/')).rejects.toMatchObject({ code: 'INVALID_INPUT' });
  });

  it.each([
    ['127.0.0.1', 'http://127.0.0.1:PORT/'],
    ['127.0.0.1', 'http://2130706433:PORT/'],
    ['127.0.0.0/8', 'http://0x7f.1:PORT/'],
    ['localhost', 'http://localhost:PORT/'],
    ['127.0.0.1:PORT', 'http://127.1:PORT/'],
  ])('allowed by %s reaches %s', async (rule, url) => {
    await using server = await startFaultyServer(({ socket }) => socket.write(ok));
    const allow = [rule.replace('PORT', String(server.port))];
    const resolve = async () => [{ address: '127.0.0.1', family: 4 }];
    const target = url.replace('PORT', String(server.port));
    expect(await call(target, { client: { allow, resolve } })).toMatchObject({
      outcome: 'OK',
      result: 'done',
    });
  });

  it('is checked at every connection: a name that changes its address is denied', async () => {
    const attempts: string[] = [];
    await using server = await startFaultyServer(({ socket }) => {
      attempts.push('allowed');
      socket.end('HTTP/1.1 503 Busy\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
    });
    const addresses = ['127.0.0.1', '127.0.0.2'];
    const { outcome, run } = await call(`http://rebinding.example:${server.port}/`, {
      maxAttempts: 3,
      client: {
        allow: [`127.0.0.1:${server.port}`],
        resolve: async () => [{ address: addresses.shift() ?? '10.0.0.1', family: 4 }],
      },
    });
    expect({ outcome, attempts: run.attempts, seen: attempts.length }).toEqual({
      outcome: 'DENIED',
      attempts: 2,
      seen: 1,
    });
  });

  it('takes no credential to another origin, nor a body', async () => {
    await using other = await startFaultyServer(({ socket }) => socket.write(ok));
    const redirect = (status: string) =>
      startFaultyServer(({ socket }) =>
        socket.write(`HTTP/1.1 ${status}\r\nLocation: ${other.url}/x\r\nContent-Length: 0\r\n\r\n`),
      );
    await using moved = await redirect('302 Found');
    await using http = createHttpClient({ allow: ['127.0.0.1'] });
    const headers = { Authorization: 'Bearer t', Cookie: 'a=b', 'X-Api-Key': 'k', 'X-Tenant': 't' };
    await http.send({ url: `${moved.url}/?api_key=k`, headers });
    expect(other.heads[0]).toMatch(/^GET \/x HTTP/);
    expect(other.heads[0]).not.toMatch(/authorization|cookie|x-api-key|x-tenant|api_key|referer/i);
    await using kept = await redirect('307 Temporary Redirect');
    expect(await call(kept.url, { method: 'POST' })).toMatchObject({ outcome: 'INDETERMINATE' });
    expect(other.heads).toHaveLength(1);
  });
});

it('gives no call what a server sent beyond the end of the answer before', async () => {
  const more = `${okHead}Content-Length: 4\r\n\r\nevil`;
  await using server = await startFaultyServer(({ socket, head }) => {
    const path = /^GET (\S+)/.exec(head)?.[1] ?? '';
    socket.write(`${okHead}Content-Length: ${path.length}\r\n\r\n${path}${more}`);
  });
  await using http = createHttpClient({ allow: ['127.0.0.1'] });
  const hosts = createHostLimits({ maxConcurrent: 3, maxQueued: 100, maxWaitMs: 5_000 });
  const results = await Promise.all(
    Array.from({ length: 20 }, async (_, index) => {
      const request = { method: 'GET', url: `${server.url}/${index}`, headers: {}, body: null };
      const policy = { ...aPolicy, isSafe: true };
      const run = await runRequest({ http, hosts, clock: systemClock }, request, policy);
      return classifyOutcome(run, { isSafe: true, accept: [] }).result;
    }),
  );
  expect(results).toEqual(Array.from({ length: 20 }, (_, index) => `/${index}`));
  await server.allClosed();
});

describe('many calls at once', () => {
  it('get one host in turns, and each its own answer', async () => {
    let open = 0;
    let most = 0;
    await using server: FaultyServer = await startFaultyServer(({ socket, head }) => {
      open += 1;
      most = Math.max(most, open);
      const path = /^GET (\S+)/.exec(head)?.[1] ?? '';
      setTimeout(() => {
        open -= 1;
        socket.write(`${okHead}Content-Length: ${path.length}\r\n\r\n${path}`);
      }, 5);
    });
    const http = createHttpClient({ allow: ['127.0.0.1'] });
    const hosts = createHostLimits({ maxConcurrent: 4, maxQueued: 100, maxWaitMs: 5_000 });
    const policy = { ...aPolicy, isSafe: true };
    const results = await Promise.all(
      Array.from({ length: 40 }, async (_, index) => {
        const request = { method: 'GET', url: `${server.url}/${index}`, headers: {}, body: null };
        const deps = { http, hosts, clock: { now: () => new Date() } };
        const run = await runRequest(deps, request, policy);
        return classifyOutcome(run, { isSafe: true, accept: [] }).result;
      }),
    );
    expect(results).toEqual(Array.from({ length: 40 }, (_, index) => `/${index}`));
    expect(most).toBeLessThanOrEqual(4);
    await http[Symbol.asyncDispose]();
    await server.allClosed();
  });

  it('count where they are redirected to, and a host that redirects to itself waits for nobody', async () => {
    let open = 0;
    let most = 0;
    await using target = await startFaultyServer(({ socket }) => {
      open += 1;
      most = Math.max(most, open);
      setTimeout(() => {
        open -= 1;
        socket.write(ok);
      }, 5);
    });
    const redirect = (location: string) =>
      `HTTP/1.1 302 Found\r\nLocation: ${location}\r\nContent-Length: 0\r\n\r\n`;
    await using first = await startFaultyServer(({ socket, head }) =>
      socket.write(redirect(head.startsWith('GET /again') ? `${target.url}/x` : '/again')),
    );
    await using http = createHttpClient({ allow: ['127.0.0.1'] });
    const hosts = createHostLimits({ maxConcurrent: 1, maxQueued: 100, maxWaitMs: 5_000 });
    const results = await Promise.all(
      [first, target, first, target, first, first].map(async ({ url }) => {
        const request = { method: 'GET', url, headers: {}, body: null };
        const policy = { ...aPolicy, isSafe: true };
        const run = await runRequest({ http, hosts, clock: systemClock }, request, policy);
        return classifyOutcome(run, { isSafe: true, accept: [] }).result;
      }),
    );
    expect(results).toEqual(Array(6).fill('done'));
    expect(most).toBe(1);
  });

  it('that wait longer than they may for their turn are timeouts, and nothing was sent', async () => {
    await using server = await startFaultyServer(() => {});
    await using http = createHttpClient({ allow: ['127.0.0.1'] });
    const hosts = createHostLimits({ maxConcurrent: 1, maxQueued: 100, maxWaitMs: 5_000 });
    const leave = await hosts.enter(`127.0.0.1:${server.port}`);
    const request = { method: 'POST', url: server.url, headers: {}, body: null };
    const policy = { ...aPolicy, timeoutMs: 50 };
    const run = await runRequest({ http, hosts, clock: systemClock }, request, policy);
    expect(run).toMatchObject({ code: 'UPSTREAM_TIMEOUT', mayHaveRun: false });
    expect(run).toMatchObject({ message: expect.stringContaining('waited for its turn') });
    leave();
    expect(server.heads).toEqual([]);
  });
});
