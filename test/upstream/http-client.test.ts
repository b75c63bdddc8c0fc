import { createServer, type IncomingMessage, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createServer as createTcpServer } from 'node:net';
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { createHttpClient, type HttpClientOptions } from '../../src/upstream/create-http-client.js';
import type { IncomingResponse } from '../../src/upstream/http-client.js';

async function aServer(listener: RequestListener, host = '127.0.0.1') {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  const { port } = server.address() as AddressInfo;
  return {
    port,
    url: `http://${host}:${port}`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function aClient(options: Partial<HttpClientOptions> = {}) {
  return createHttpClient({ allow: ['127.0.0.1'], timeoutMs: 5_000, ...options });
}

function textOf({ body }: IncomingResponse): string {
  return new TextDecoder().decode(body);
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request) text += chunk;
  return text;
}

describe('send', () => {
  it('carries method, headers and body, and answers with status, headers and body', async () => {
    await using server = await aServer(async (request, response) => {
      const seen = { method: request.method, url: request.url, key: request.headers['x-key'] };
      response.writeHead(418, { 'x-a': ['1', '2'], 'content-type': 'application/json' });
      response.end(JSON.stringify({ ...seen, body: await bodyOf(request) }));
    });
    await using client = aClient();
    const answer = await client.send({
      url: `${server.url}/p?q=1#fragment`,
      method: 'post',
      headers: { 'X-Key': 'k' },
      body: 'hi',
    });
    expect(answer).toMatchObject({ status: 418, url: `${server.url}/p?q=1` });
    expect(answer.headers).toMatchObject({ 'x-a': '1, 2', 'content-type': 'application/json' });
    expect(JSON.parse(textOf(answer))).toEqual({
      method: 'POST',
      url: '/p?q=1',
      key: 'k',
      body: 'hi',
    });
  });

  it.each<[Record<string, string>, RegExp]>([
    [{ 'x-a': 'b\r\nx-evil: 1' }, /The header "x-a" holds a line break/],
    [{ 'x-a': 'b\0' }, /The header "x-a"/],
    [{ 'x a': 'b' }, /"x a" is not a header name/],
    [{ 'x:a\n': 'b' }, /is not a header name/],
  ])('refuses the headers %j before anything is sent', async (headers, sentence) => {
    let requests = 0;
    await using server = await aServer((_, response) => {
      requests += 1;
      response.end();
    });
    await using client = aClient();
    await expect(client.send({ url: server.url, headers })).rejects.toMatchObject({
      code: 'INVALID_INPUT',
      message: expect.stringMatching(sentence),
    });
    expect(requests).toBe(0);
  });

  it('keeps the host and the framing out of the caller’s hands', async () => {
    await using server = await aServer((request, response) => {
      response.end(JSON.stringify(request.headers));
    });
    await using client = aClient();
    const answer = await client.send({
      url: server.url,
      headers: { Host: 'internal', 'Transfer-Encoding': 'chunked', 'Content-Length': '99' },
    });
    const seen = JSON.parse(textOf(answer));
    expect(seen.host).toBe(`127.0.0.1:${server.port}`);
    expect(seen['transfer-encoding']).toBeUndefined();
  });

  it('looks at no proxy settings', async () => {
    await using server = await aServer((_, response) => {
      response.end('direct');
    });
    const before = { ...process.env };
    try {
      process.env.HTTP_PROXY = process.env.http_proxy = 'http://127.0.0.1:1';
      await using client = aClient();
      expect(textOf(await client.send({ url: server.url }))).toBe('direct');
    } finally {
      process.env = before;
    }
  });
});

describe('the guard', () => {
  it('refuses a local server unless it is allowed', async () => {
    let requests = 0;
    await using server = await aServer((_, response) => {
      requests += 1;
      response.end();
    });
    await using client = aClient({ allow: [] });
    for (const host of ['127.0.0.1', 'localhost', '2130706433', '[::ffff:127.0.0.1]', '0']) {
      await expect(
        client.send({ url: `http://${host}:${server.port}/` }),
        host,
      ).rejects.toMatchObject({ code: 'FORBIDDEN' });
    }
    expect(requests).toBe(0);
  });

  it('connects to the address that was checked, and checks anew for a new connection', async () => {
    await using allowed = await aServer((_, response) => {
      response.writeHead(200, { connection: 'close' }).end('allowed');
    });
    let internalRequests = 0;
    await using _internal = await listenAlso(allowed.port, () => {
      internalRequests += 1;
    });
    const answers = ['127.0.0.1', '127.0.0.2'];
    let lookups = 0;
    await using client = aClient({
      allow: [`127.0.0.1:${allowed.port}`],
      resolve: async () => {
        const address = answers[lookups] ?? '127.0.0.2';
        lookups += 1;
        return [{ address, family: 4 }];
      },
    });
    const url = `http://rebinding.example:${allowed.port}/`;
    expect(textOf(await client.send({ url }))).toBe('allowed');
    expect(lookups).toBe(1);
    await expect(client.send({ url })).rejects.toMatchObject({ code: 'FORBIDDEN' });
    expect(internalRequests).toBe(0);
  });

  it('sends the name in Host although it connects to the address', async () => {
    await using server = await aServer((request, response) => {
      response.end(request.headers.host);
    });
    await using client = aClient({ resolve: async () => [{ address: '127.0.0.1', family: 4 }] });
    const answer = await client.send({ url: `http://api.example:${server.port}/` });
    expect(textOf(answer)).toBe(`api.example:${server.port}`);
  });

  it('lets a host entry reach that host only', async () => {
    await using server = await aServer((_, response) => {
      response.end('ok');
    });
    await using client = aClient({
      allow: ['api.internal'],
      resolve: async () => [{ address: '127.0.0.1', family: 4 }],
    });
    expect((await client.send({ url: `http://api.internal:${server.port}/` })).status).toBe(200);
    await expect(
      client.send({ url: `http://other.internal:${server.port}/` }),
    ).rejects.toMatchObject({ code: 'FORBIDDEN' });
  });

  async function listenAlso(port: number, seen: () => void) {
    const server = createServer((_, response) => {
      seen();
      response.end('internal');
    });
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.2', resolve));
    return { [Symbol.asyncDispose]: async () => void server.close() };
  }
});

describe('redirects', () => {
  it('are followed, and the answer names where it came from', async () => {
    await using server = await aServer((request, response) => {
      if (request.url === '/end') response.end(request.headers.authorization);
      else response.writeHead(302, { location: '/end' }).end('moved');
    });
    await using client = aClient();
    const headers = { authorization: 'Bearer x' };
    const answer = await client.send({ url: server.url, headers });
    expect(answer.url).toBe(`${server.url}/end`);
    expect(textOf(answer)).toBe('Bearer x');
  });

  it('take no credentials to another origin', async () => {
    await using other = await aServer((request, response) => {
      response.end(JSON.stringify(request.headers));
    });
    await using server = await aServer((_, response) => {
      response.writeHead(302, { location: other.url }).end();
    });
    await using client = aClient();
    const answer = await client.send({
      url: server.url,
      headers: { Authorization: 'Bearer x', Cookie: 'a=b', 'X-Api-Key': 'k', Accept: 'text/plain' },
    });
    const seen = JSON.parse(textOf(answer));
    expect(Object.keys(seen).sort()).toEqual([
      'accept',
      'accept-encoding',
      'connection',
      'host',
      'user-agent',
    ]);
    expect(seen.accept).toBe('text/plain');
  });

  it.each([
    'http://127.0.0.2:PORT/',
    'http://0.0.0.0:PORT/',
    'http://[::1]:PORT/',
    'http://169.254.169.254/',
    'http://user:pass@127.0.0.1:PORT/',
    'file:///etc/passwd',
    'ftp://127.0.0.1/',
  ])('are checked again: %s', async (location) => {
    await using server = await aServer((request, response) => {
      const target = location.replace('PORT', String(request.socket.localPort));
      response.writeHead(302, { location: target }).end();
    });
    await using client = aClient();
    await expect(client.send({ url: server.url })).rejects.toMatchObject({ code: 'FORBIDDEN' });
  });

  it('stop after five', async () => {
    let requests = 0;
    await using server = await aServer((_, response) => {
      requests += 1;
      response.writeHead(302, { location: `/${requests}` }).end();
    });
    await using client = aClient();
    await expect(client.send({ url: server.url })).rejects.toMatchObject({
      code: 'UPSTREAM_FAILED',
      message: expect.stringContaining('redirects more than 5 times'),
    });
    expect(requests).toBe(6);
  });

  it('are answers where none is to be followed', async () => {
    await using server = await aServer((_, response) => {
      response.writeHead(302, { location: '/elsewhere' }).end();
    });
    await using client = aClient();
    const answer = await client.send({ url: server.url, maxRedirects: 0 });
    expect(answer).toMatchObject({ status: 302, headers: { location: '/elsewhere' } });
  });
});

describe('bodies', () => {
  const text = 'a spec '.repeat(1_000);

  it.each<[string, Buffer]>([
    ['gzip', gzipSync(text)],
    ['x-gzip', gzipSync(text)],
    ['deflate', deflateSync(text)],
    ['deflate', deflateRawSync(text)],
    ['br', brotliCompressSync(text)],
    ['gzip, br', brotliCompressSync(gzipSync(text))],
    ['identity', Buffer.from(text)],
  ])('with content encoding %s are decompressed', async (encoding, body) => {
    await using server = await aServer((_, response) => {
      response.writeHead(200, { 'content-encoding': encoding }).end(body);
    });
    await using client = aClient();
    expect(textOf(await client.send({ url: server.url }))).toBe(text);
  });

  it('may be empty although an encoding is named', async () => {
    await using server = await aServer((_, response) => {
      response.writeHead(204, { 'content-encoding': 'gzip' }).end();
    });
    await using client = aClient();
    expect((await client.send({ url: server.url })).body).toHaveLength(0);
  });

  const bomb = gzipSync(Buffer.alloc(64 * 1024 ** 2));
  it.each<[string, Record<string, string>, Buffer]>([
    ['plain', {}, Buffer.alloc(2_000)],
    ['announced by its length', { 'content-length': '2000' }, Buffer.alloc(2_000)],
    ['a gzip bomb', { 'content-encoding': 'gzip' }, bomb],
    ['a bomb in a bomb', { 'content-encoding': 'gzip, gzip' }, gzipSync(bomb)],
  ])('over the limit are refused: %s', async (_, headers, body) => {
    await using server = await aServer((_request, response) => {
      response.writeHead(200, headers);
      for (let at = 0; at < body.length; at += 1_000) response.write(body.subarray(at, at + 1_000));
      response.end();
    });
    await using client = aClient();
    await expect(client.send({ url: server.url, maxBytes: 1_000 })).rejects.toMatchObject({
      code: 'LIMIT_EXCEEDED',
      message: expect.stringContaining('larger than the limit of 1000 bytes'),
    });
  });

  it('just within the limit are read', async () => {
    await using server = await aServer((_, response) => {
      response.end(Buffer.alloc(1_000));
    });
    await using client = aClient();
    expect((await client.send({ url: server.url, maxBytes: 1_000 })).body).toHaveLength(1_000);
  });

  it.each<[string, string, Buffer]>([
    ['no gzip', 'gzip', Buffer.from('plain text')],
    ['a truncated gzip', 'gzip', gzipSync(text).subarray(0, 30)],
    ['a broken brotli', 'br', Buffer.from('plain text, not brotli')],
    ['an encoding that was not asked for', 'zstd', Buffer.from('x')],
    ['four encodings', 'gzip, gzip, gzip, gzip', Buffer.from('x')],
  ])('that do not decompress are refused: %s', async (_, encoding, body) => {
    await using server = await aServer((_request, response) => {
      response.writeHead(200, { 'content-encoding': encoding }).end(body);
    });
    await using client = aClient();
    await expect(client.send({ url: server.url })).rejects.toMatchObject({
      code: 'UPSTREAM_FAILED',
    });
  });
});

describe('failures', () => {
  it('of a server that never answers are timeouts', async () => {
    await using server = await aServer(() => {});
    await using client = aClient();
    await expect(client.send({ url: server.url, timeoutMs: 50 })).rejects.toMatchObject({
      code: 'UPSTREAM_TIMEOUT',
      message: '"127.0.0.1" did not answer within 50 ms.',
    });
  });

  it('of a server that stalls in the body are timeouts', async () => {
    await using server = await aServer((_, response) => {
      response.writeHead(200).write('begin');
    });
    await using client = aClient();
    await expect(client.send({ url: server.url, timeoutMs: 50 })).rejects.toMatchObject({
      code: 'UPSTREAM_TIMEOUT',
    });
  });

  it('of a resolver that hangs are timeouts', async () => {
    await using client = aClient({ resolve: () => new Promise(() => {}) });
    await expect(client.send({ url: 'http://slow.example/', timeoutMs: 50 })).rejects.toMatchObject(
      { code: 'UPSTREAM_TIMEOUT' },
    );
  });

  it('by the caller’s own abort keep its reason', async () => {
    await using server = await aServer(() => {});
    await using client = aClient();
    const abort = new AbortController();
    const reply = client.send({ url: server.url, signal: abort.signal });
    const reason = new Error('no longer wanted');
    abort.abort(reason);
    await expect(reply).rejects.toBe(reason);
  });

  it('to connect say so', async () => {
    const server = await aServer(() => {});
    await server[Symbol.asyncDispose]();
    await using client = aClient();
    await expect(client.send({ url: server.url })).rejects.toMatchObject({
      code: 'UPSTREAM_FAILED',
      message: '"127.0.0.1" refuses the connection.',
    });
  });

  it('to resolve say so', async () => {
    await using client = aClient({ resolve: () => Promise.reject(new Error('ENOTFOUND')) });
    await expect(client.send({ url: 'http://nowhere.example/' })).rejects.toMatchObject({
      code: 'UPSTREAM_FAILED',
      message: 'The host "nowhere.example" cannot be found.',
    });
  });

  it.each([
    ['no HTTP', 'SSH-2.0-OpenSSH\r\n'],
    ['half an answer', 'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf'],
    ['nothing', ''],
    ['headers without end', `HTTP/1.1 200 OK\r\n${'x-a: b\r\n'.repeat(20_000)}`],
  ])('of a server that sends %s are upstream failures', async (_, bytes) => {
    const server = createTcpServer((socket) => {
      socket.on('error', () => {});
      socket.once('data', () => socket.end(bytes));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    await using client = aClient();
    await expect(client.send({ url: `http://127.0.0.1:${port}/` })).rejects.toMatchObject({
      code: 'UPSTREAM_FAILED',
    });
    server.close();
  });

  it('of TLS say that it is TLS', async () => {
    await using server = await aServer((_, response) => {
      response.end();
    });
    await using client = aClient();
    await expect(client.send({ url: server.url.replace('http:', 'https:') })).rejects.toMatchObject(
      { code: 'UPSTREAM_FAILED', message: expect.stringContaining('TLS') },
    );
  });
});
