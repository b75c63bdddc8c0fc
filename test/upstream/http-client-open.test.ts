import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { createHttpClient } from '../../src/upstream/create-http-client.js';
import type { OpenResponse } from '../../src/upstream/http-client.js';

async function aServer(listener: RequestListener) {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function aClient() {
  return createHttpClient({ allow: ['127.0.0.1'], timeoutMs: 5_000 });
}

async function textOf({ body }: OpenResponse): Promise<string> {
  let text = '';
  for await (const piece of body) text += Buffer.from(piece).toString();
  return text;
}

describe('open', () => {
  it('answers with status and headers while the body still comes, piece by piece', async () => {
    const { promise: seen, resolve: see } = Promise.withResolvers<void>();
    await using server = await aServer(async (_request, response) => {
      response.writeHead(201, { 'content-type': 'text/event-stream' });
      response.write('one');
      await seen;
      response.end('two');
    });
    await using client = aClient();
    const answer = await client.open({ url: server.url });
    expect(answer).toMatchObject({ status: 201, headers: { 'content-type': 'text/event-stream' } });
    const pieces: string[] = [];
    for await (const piece of answer.body) {
      pieces.push(Buffer.from(piece).toString());
      see();
    }
    expect(pieces).toEqual(['one', 'two']);
  });

  it('asks for no compression and reads an answer that is compressed all the same', async () => {
    await using server = await aServer((request, response) => {
      response.writeHead(200, { 'content-encoding': 'gzip' });
      response.end(gzipSync(`asked for ${request.headers['accept-encoding']}`));
    });
    await using client = aClient();
    expect(await textOf(await client.open({ url: server.url }))).toBe('asked for identity');
  });

  it.each([
    ['announced', { 'content-length': '20' }],
    ['not announced', {}],
  ])('refuses a body that is larger than the limit, %s', async (_title, headers) => {
    await using server = await aServer((_request, response) => {
      response.writeHead(200, headers);
      response.end('x'.repeat(20));
    });
    await using client = aClient();
    const reading = client.open({ url: server.url, maxBytes: 10 }).then(textOf);
    await expect(reading).rejects.toMatchObject({
      code: 'LIMIT_EXCEEDED',
      details: { maxBytes: 10 },
    });
  });

  it('bounds the wait for the headers and not the body that follows', async () => {
    await using silent = await aServer(() => {});
    await using client = aClient();
    await expect(client.open({ url: silent.url, timeoutMs: 50 })).rejects.toMatchObject({
      code: 'UPSTREAM_TIMEOUT',
    });
    await using slow = await aServer((_request, response) => {
      response.writeHead(200).write('a');
      setTimeout(() => response.end('b'), 150);
    });
    expect(await textOf(await client.open({ url: slow.url, timeoutMs: 100 }))).toBe('ab');
  });

  it('ends with the reason of its caller, in the body too', async () => {
    const controller = new AbortController();
    await using server = await aServer((_request, response) => {
      response.writeHead(200).write('a');
    });
    await using client = aClient();
    const answer = await client.open({ url: server.url, signal: controller.signal });
    const reading = textOf(answer);
    controller.abort(new Error('enough'));
    await expect(reading).rejects.toThrow('enough');
  });

  it('tells that a connection was lost in the middle of a body', async () => {
    await using server = await aServer((_request, response) => {
      response.writeHead(200, { 'content-length': '10' }).write('a');
      setImmediate(() => response.destroy());
    });
    await using client = aClient();
    await expect(client.open({ url: server.url }).then(textOf)).rejects.toMatchObject({
      code: 'UPSTREAM_FAILED',
      details: { isConnectionLost: true },
    });
  });

  it('checks where it goes, redirects among it', async () => {
    await using server = await aServer((_request, response) => {
      response.writeHead(302, { location: 'http://169.254.169.254/latest' }).end();
    });
    await using client = aClient();
    await using closed = createHttpClient({ allow: [] });
    await expect(closed.open({ url: server.url })).rejects.toMatchObject({ code: 'FORBIDDEN' });
    await expect(client.open({ url: server.url })).rejects.toMatchObject({ code: 'FORBIDDEN' });
    const answer = await client.open({ url: server.url, maxRedirects: 0 });
    answer.cancel();
    expect(answer.status).toBe(302);
  });
});
