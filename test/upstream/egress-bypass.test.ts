import type { IncomingMessage } from 'node:http';
import { createServer } from 'node:http';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createOauthTokens } from '../../src/calls/oauth-tokens.js';
import { planRequest } from '../../src/calls/plan-request.js';
import { runRequest } from '../../src/calls/run-request.js';
import { createSpecReader } from '../../src/catalog/create-spec-reader.js';
import { AppError } from '../../src/errors.js';
import { createHttpClient } from '../../src/upstream/create-http-client.js';
import type { ResolvedAddress } from '../../src/upstream/egress-guard.js';
import { createHostLimits } from '../../src/upstream/host-limits.js';
import type { HttpClient } from '../../src/upstream/http-client.js';
import { anEndpoint } from '../support/callable.js';

const clock = { now: () => new Date() };

/** `internal.example` and the like: names with addresses that nobody may reach. */
const names: Record<string, string[]> = {
  'internal.example': ['127.0.0.1'],
  'mapped.example': ['::ffff:127.0.0.1'],
  'six.example': ['::1'],
  'both.example': ['93.184.215.14', '127.0.0.1'],
  'metadata.example': ['169.254.169.254'],
  'shared.example': ['100.64.0.1'],
};

/** Every way to write an address that may not be reached, or a host that leads to one. */
const bypasses = [
  'http://127.0.0.1:PORT/',
  'http://127.1:PORT/',
  'http://2130706433:PORT/',
  'http://0x7f000001:PORT/',
  'http://0x7f.0.0.1:PORT/',
  'http://0X7F.1:PORT/',
  'http://017700000001:PORT/',
  'http://0177.0.0.1:PORT/',
  'http://127.0.0.1.:PORT/',
  'http://127.0.0.2:PORT/',
  'http://①②⑦.0.0.1:PORT/',
  'http://127。0。0。1:PORT/',
  'http://%31%32%37.0.0.1:PORT/',
  'http://0.0.0.0:PORT/',
  'http://0:PORT/',
  'http://[::]:PORT/',
  'http://[::1]:PORT/',
  'http://[0:0:0:0:0:0:0:1]:PORT/',
  'http://[::ffff:127.0.0.1]:PORT/',
  'http://[::ffff:7f00:1]:PORT/',
  'http://[::ffff:0:127.0.0.1]:PORT/',
  'http://[::127.0.0.1]:PORT/',
  'http://[64:ff9b::7f00:1]:PORT/',
  'http://[2002:7f00:1::]:PORT/',
  'http://[fe80::1%25lo]:PORT/',
  'http://[::1%25lo]:PORT/',
  'http://[fe80::1]:PORT/',
  'http://localhost:PORT/',
  'http://LOCALHOST:PORT/',
  'http://localhost.:PORT/',
  'http://api.localhost:PORT/',
  'http://api.localhost.:PORT/',
  'http://10.0.0.1:PORT/',
  'http://192.168.0.1:PORT/',
  'http://100.64.0.1:PORT/',
  'http://100.127.255.254:PORT/',
  'http://169.254.169.254/latest/meta-data/',
  'http://0xa9fea9fe/latest/meta-data/',
  'http://[::ffff:a9fe:a9fe]/latest/meta-data/',
  'http://[fd00:ec2::254]/latest/meta-data/',
  'http://metadata.example/latest/meta-data/',
  'http://internal.example:PORT/',
  'http://INTERNAL.example.:PORT/',
  'http://mapped.example:PORT/',
  'http://six.example:PORT/',
  'http://both.example:PORT/',
  'http://shared.example:PORT/',
  'http://example.com@127.0.0.1:PORT/',
  'http://127.0.0.1:PORT\\@example.com/',
  'http://user:password@internal.example:PORT/',
  'file:///etc/passwd',
];

type Path = {
  name: string;
  /** Asks for the URL; the text that came, or an error. */
  fetch(http: HttpClient, url: string): Promise<string>;
  followsRedirects: boolean;
};

const paths: Path[] = [
  {
    name: 'a document',
    followsRedirects: true,
    fetch: async (http, url) => {
      await using specs = createSpecReader({ http });
      return String(new TextDecoder().decode((await specs.load({ url })).body as Uint8Array));
    },
  },
  {
    name: 'a $ref',
    followsRedirects: true,
    fetch: async (http, url) => {
      await using specs = createSpecReader({ http, limits: { crossOriginRefs: true } });
      const schema = { $ref: `${url}#/pet` };
      const requestBody = { content: { 'application/json': { schema } } };
      const responses = { 200: { description: 'OK' } };
      const document = {
        openapi: '3.1.0',
        info: { title: 'x', version: '1' },
        paths: { '/x': { post: { operationId: 'x', requestBody, responses } } },
      };
      const raw = await specs.load({ document });
      const read = await specs.read({ ...raw, url: 'https://public.example/x' });
      if (Object.values(read.files).some((hash) => hash !== '')) return 'came';
      throw new AppError('FORBIDDEN', JSON.stringify(read.problems));
    },
  },
  {
    name: 'a call',
    followsRedirects: true,
    fetch: async (http, url) => {
      const { origin } = URL.parse(url) ?? { origin: url };
      const planned = planRequest(anEndpoint({ baseUrl: origin, path: '/' }), {});
      const hosts = createHostLimits({ maxConcurrent: 9, maxQueued: 9, maxWaitMs: 1_000 });
      const policy = {
        ...{ isSafe: true, hasUpstreamIdempotency: false, timeoutMs: 5_000 },
        ...{ maxBytes: 1_000, maxStreamMs: 1_000, maxAttempts: 3 },
      };
      const run = await runRequest({ http, hosts, clock }, { ...planned, url }, policy);
      if (run.kind === 'failure') throw new AppError(run.code, run.message);
      return new TextDecoder().decode(run.body);
    },
  },
  {
    name: 'an OAuth token',
    followsRedirects: false,
    fetch: async (http, tokenUrl) => {
      const tokens = createOauthTokens({ http, clock });
      const client = { clientId: 'id', clientSecret: 'secret', tokenUrl };
      const credential = { scheme: 's', kind: 'oauth2' as const, ...client };
      return tokens.tokenFor({ credential, scopes: [] });
    },
  },
];

/** An upstream on 127.0.0.1 that redirects to what `?to=` says, and else answers what every path takes. */
async function startTarget() {
  const seen: string[] = [];
  const server = createServer((request: IncomingMessage, response) => {
    const to = new URL(request.url ?? '', 'http://x').searchParams.get('to');
    if (to !== null) {
      response.writeHead(302, { location: Buffer.from(to).toString('latin1') }).end();
      return;
    }
    seen.push(String(request.socket.localAddress).replace('::ffff:', ''));
    response.writeHead(200, { 'content-type': 'application/json', connection: 'close' });
    response.end(JSON.stringify({ pet: { type: 'string' }, access_token: 'came' }));
  });
  // On every address of this machine: whatever gets past the guard arrives.
  await new Promise<void>((resolve) => server.listen(0, resolve));
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  return {
    port,
    seen,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function resolve(host: string): Promise<ResolvedAddress[]> {
  const addresses = names[host] ?? ['127.0.0.1'];
  return addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
}

let target: Awaited<ReturnType<typeof startTarget>>;
beforeAll(async () => {
  target = await startTarget();
});
afterEach(() => {
  target.seen.length = 0;
});
afterAll(() => target[Symbol.asyncDispose]());

function withPort(text: string): string {
  return text.replace('PORT', String(target.port));
}

/** What a refusal says, whichever path it came by; nothing else may come of a bypass. */
async function refusalOf(asked: Promise<string>): Promise<string> {
  const error = await asked.then(
    (came) => new Error(`it came: ${came}`),
    (error: unknown) => error,
  );
  return error instanceof AppError ? `${error.code}: ${error.message}` : String(error);
}

const refusal =
  /^(FORBIDDEN|INVALID_INPUT|NOT_CONFIGURED): (.*not allowed: |.*holds a user name|.*without user name|.*[Oo]nly http and https|.*absolute (http or https )?URL|.*is not a URL|.*has no server)/s;

describe.each(paths)('$name', ({ fetch, followsRedirects }) => {
  it.each(bypasses)('is not fetched from %s', async (url) => {
    await using http = createHttpClient({ allow: [], resolve });
    expect(await refusalOf(fetch(http, withPort(url)))).toMatch(refusal);
    expect(target.seen).toEqual([]);
  });

  it.each(bypasses.filter((url) => !url.startsWith('http://127.0.0.1:')))(
    'is not fetched from where it is redirected to: %s',
    async (url) => {
      const allow = [`gate.example:${target.port}`];
      await using http = createHttpClient({ allow, resolve });
      const gate = `http://gate.example:${target.port}/`;
      const redirected = `${gate}?to=${encodeURIComponent(withPort(url))}`;
      const told = await refusalOf(fetch(http, redirected));
      expect(told).toMatch(
        followsRedirects
          ? /not allowed: |holds a user name|[Oo]nly http and https|redirects to something that is no URL/
          : /answered with status 302/,
      );
      expect(target.seen).toEqual([]);
    },
  );

  it.each([
    ['127.0.0.1', 'http://127.0.0.1:PORT/'],
    ['127.0.0.1:PORT', 'http://2130706433:PORT/'],
    ['127.0.0.0/8', 'http://0x7f.1:PORT/'],
    ['127.0.0.1', 'http://[::ffff:127.0.0.1]:PORT/'],
    ['localhost', 'http://localhost:PORT/'],
    ['localhost:PORT', 'http://localhost.:PORT/'],
    ['internal.example', 'http://internal.example:PORT/'],
    ['INTERNAL.example:PORT', 'http://internal.example.:PORT/'],
  ])('is fetched where EGRESS_ALLOW=%s: %s', async (rule, url) => {
    await using http = createHttpClient({ allow: [withPort(rule)], resolve });
    expect(await fetch(http, withPort(url))).toContain('came');
    expect(target.seen).toHaveLength(1);
  });

  it('is fetched from the address that was checked, however the name changes', async () => {
    const answers = ['127.0.0.1', '127.0.0.2'];
    let lookups = 0;
    await using http = createHttpClient({
      allow: ['127.0.0.1'],
      resolve: async () => {
        const address = answers[Math.min(lookups, 1)] ?? '';
        lookups += 1;
        return [{ address, family: 4 }];
      },
    });
    const url = `http://rebinding.example:${target.port}/`;
    expect(await fetch(http, url)).toContain('came');
    expect(lookups).toBe(1);
    expect(target.seen).toEqual(['127.0.0.1']);
    expect(await refusalOf(fetch(http, url))).toMatch(/not allowed: it resolves to a loopback/);
    expect(target.seen).toHaveLength(1);
  });
});
