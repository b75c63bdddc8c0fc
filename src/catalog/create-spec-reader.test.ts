import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { startSpecServer } from '../../test/support/spec-server.js';
import { createHttpClient } from '../upstream/create-http-client.js';
import { createSpecReader, type SpecReaderLimits } from './create-spec-reader.js';

const http = createHttpClient({ allow: ['127.0.0.1'] });
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
const createReader = (limits: Partial<SpecReaderLimits> = {}) => createSpecReader({ http, limits });

describe('load', () => {
  it('a fetched document keeps its bytes, its hash and both URLs', async () => {
    await using server = await startSpecServer();
    await using reader = createReader();
    const text = '{"openapi": "3.0.0",  "info": {}}';
    const target = server.serve('/new', text);
    const url = server.serve('/old', { status: 302, headers: { location: target }, body: '' });
    const raw = await reader.load({ url: ` ${url}#part ` });
    expect(raw).toMatchObject({
      url: target,
      requestedUrl: `${url}#part`,
      contentHash: sha256(text),
    });
    expect(Buffer.from(raw.body as Uint8Array).toString()).toBe(text);
  });

  it('a document inside a larger body is hashed as compact JSON, keys in the order received', async () => {
    await using reader = createReader();
    const raw = await reader.load({ document: JSON.parse('{ "b": 1, "a": [ 2 ] }') });
    expect(raw).toEqual({
      body: '{"b":1,"a":[2]}',
      url: null,
      requestedUrl: null,
      contentHash: sha256('{"b":1,"a":[2]}'),
    });
  });

  it('text and the same bytes have one hash', async () => {
    await using reader = createReader();
    const text = await reader.load({ text: 'a: ü' });
    const bytes = await reader.load({ text: Buffer.from('a: ü') });
    expect(text.contentHash).toBe(bytes.contentHash);
  });

  it('a body larger than a piece is hashed as a whole', async () => {
    await using reader = createReader();
    const text = 'x'.repeat(20 * 1024 * 1024);
    expect((await reader.load({ text })).contentHash).toBe(sha256(text));
  });

  it('a status other than 2xx is told with the URL and without its query', async () => {
    await using server = await startSpecServer();
    await using reader = createReader();
    const loading = reader.load({ url: `${server.origin}/absent?key=secret` });
    await expect(loading).rejects.toMatchObject({
      code: 'UPSTREAM_FAILED',
      message: `${server.origin}/absent?… answered with status 404; expected the document.`,
    });
  });

  it.each([
    ['ftp://example.com/x', /http or https/],
    ['petstore.json', /http or https/],
    ['https://user:hunter2@example.com/x', /without user name/],
  ])('the URL %s is refused', async (url, message) => {
    await using reader = createReader();
    const error = await reader.load({ url }).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'INVALID_INPUT', message: expect.stringMatching(message) });
    expect(String(error)).not.toContain('hunter2');
  });

  it.each([['text'], [42], [null], [undefined]])('the document %s is refused', async (document) => {
    await using reader = createReader();
    await expect(reader.load({ document })).rejects.toMatchObject({ code: 'INVALID_INPUT' });
  });

  it('a document nested too deeply to be written down is refused', async () => {
    await using reader = createReader();
    let document: unknown[] = [];
    for (let i = 0; i < 100_000; i += 1) document = [document];
    await expect(reader.load({ document })).rejects.toMatchObject({ code: 'INVALID_INPUT' });
  });

  it.each(['url', 'text', 'document'] as const)(
    'a larger %s than allowed is refused',
    async (kind) => {
      await using server = await startSpecServer();
      await using reader = createReader({ maxBytes: 10 });
      const text = '{"a":"0123456789"}';
      const sources = {
        url: { url: server.serve('/a', text) },
        text: { text },
        document: { document: JSON.parse(text) as unknown },
      };
      await expect(reader.load(sources[kind])).rejects.toMatchObject({ code: 'LIMIT_EXCEEDED' });
    },
  );

  it('an abort ends a download', async () => {
    await using server = await startSpecServer();
    await using reader = createReader();
    const url = server.serve('/a', '{}');
    const loading = reader.load({ url }, AbortSignal.abort(new Error('gone')));
    await expect(loading).rejects.toThrow('gone');
  });
});

describe('hashFiles', () => {
  it('gives the present hash of each file, and an empty one for a file that is gone', async () => {
    await using server = await startSpecServer();
    await using reader = createReader();
    const urls = [server.serve('/a', 'a: 1'), server.serve('/b', 'b: 1'), `${server.origin}/gone`];
    expect(await reader.hashFiles(urls)).toEqual({
      [`${server.origin}/a`]: sha256('a: 1'),
      [`${server.origin}/b`]: sha256('b: 1'),
      [`${server.origin}/gone`]: '',
    });
  });
});
