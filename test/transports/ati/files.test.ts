import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type AtiApp, anAtiApp } from './ati-app.js';
import { type FileServer, photo, startFileServer } from './file-server.js';
import { must } from './requirements.js';

let files: FileServer;
let ati: AtiApp;
beforeAll(async () => {
  files = await startFileServer();
  ati = await anAtiApp({
    env: {
      ATI_UPLOAD_DESTINATIONS: `store=${files.origin}/in/,broken=${files.origin}/full/`,
      ATI_MAX_FILE_BYTES: '100000',
      ATI_DOWNLOAD_ALLOWLIST: '127.0.0.1,*.example.com,localhost,10.0.0.1',
    },
  });
});
afterAll(async () => {
  await ati[Symbol.asyncDispose]();
  await files[Symbol.asyncDispose]();
});

const download = (args: object) => ati.call('file_manager:download', args);
const upload = (args: object) =>
  ati.call('file_manager:upload', { filename: 'a.txt', content_base64: 'aGk=', ...args });

describe('downloads', () => {
  it(must('file-download'), async () => {
    const url = `${files.origin}/photo`;
    const { status, json } = await download({ url, headers: { accept: 'image/*' }, timeout: 5 });
    expect(status).toBe(200);
    expect(json.result).toEqual({
      ...{ success: true, size_bytes: 8, content_type: 'image/png', source_url: url },
      content_base64: photo.toString('base64'),
    });
    expect(files.seen.at(-1)?.headers.accept).toBe('image/*');
    const away = `${files.origin}/away?to=/text`;
    expect((await download({ url: away })).json.result.size_bytes).toBe(13);
    const kept = await download({ url: away, 'follow-redirects': false });
    expect([kept.status, kept.json.error]).toEqual([502, 'The server answered with 302.']);
    const lost = await download({ url: `${files.origin}/status/410` });
    expect([lost.status, lost.json.error]).toEqual([410, 'The server answered with 410.']);
  });

  it.each<[number, object]>([
    [400, {}],
    [400, { url: 5 }],
    [400, { url: 'not a url' }],
    [400, { url: 'https://a.example.com/', max_bytes: 0 }],
    [400, { url: 'https://a.example.com/', timeout: -1 }],
    [400, { url: 'https://a.example.com/', headers: { authorization: 'x' } }],
    [400, { url: 'https://a.example.com/', headers: { 'X-Forwarded-For': 'x' } }],
    [400, { url: 'https://a.example.com/', headers: { 'a b': 'x' } }],
    [400, { url: 'https://a.example.com/', nope: 1 }],
    [403, { url: 'https://elsewhere.example.org/' }],
    [403, { url: 'https://example.com.evil.org/' }],
    [403, { url: 'https://evilexample.com/' }],
    [403, { url: 'http://10.0.0.1/' }],
    [403, { url: 'file:///etc/passwd' }],
    [403, { url: 'http://169.254.169.254/latest/meta-data' }],
  ])(must('file-download-refused', '%i %j'), async (status, args) => {
    const answer = await download(args);
    expect([answer.status, answer.json.error]).toEqual([status, expect.any(String)]);
    expect(answer.json.result).toBeNull();
  });

  it(must('file-download-refused', 'what is too large'), async () => {
    expect((await download({ url: `${files.origin}/big` })).status).toBe(413);
    expect((await download({ url: `${files.origin}/text`, max_bytes: 12 })).status).toBe(413);
    expect((await download({ url: `${files.origin}/text`, max_bytes: 13 })).status).toBe(200);
  });

  it(must('better-egress'), async () => {
    for (const to of [
      'http://10.0.0.1/x',
      'http://192.168.1.1/',
      'http://[::1]:9/',
      'https://evil.org/',
    ]) {
      const url = `${files.origin}/away?to=${encodeURIComponent(to)}`;
      expect([to, (await download({ url })).status]).toEqual([to, 403]);
    }
  });
});

describe('uploads', () => {
  it(must('file-upload'), async () => {
    const { status, json } = await upload({ filename: 'my photo.png', content_type: 'image/png' });
    expect(status).toBe(200);
    const seen = files.seen.at(-1);
    expect(seen).toMatchObject({ method: 'PUT', headers: { 'content-type': 'image/png' } });
    expect(seen?.body.toString()).toBe('hi');
    expect(json.result).toEqual({
      ...{ success: true, size_bytes: 2, content_type: 'image/png', destination: 'store' },
      url: `${files.origin}${seen?.url}`,
    });
    expect(seen?.url).toMatch(/^\/in\/[0-9a-f-]{36}\/my%20photo\.png$/);
  });

  it.each(['../../etc/passwd', '..', '/etc/passwd', 'a\\b', '\0', 'x?y#z'])(
    'a file called %j stays where files go',
    async (filename) => {
      expect((await upload({ filename })).status).toBe(200);
      expect(files.seen.at(-1)?.url).toMatch(/^\/in\/[0-9a-f-]{36}\/[^/?#]+$/);
    },
  );

  it.each<[number, object]>([
    [400, { filename: '' }],
    [400, { content_base64: 'ä' }],
    [400, { content_base64: 5 }],
    [400, { content_type: 'a\r\nb: c' }],
    [403, { destination: 'nowhere' }],
    [413, { content_base64: 'A'.repeat(140_000) }],
    [507, { destination: 'broken' }],
  ])(must('file-upload-refused', '%i'), async (status, args) => {
    const answer = await upload(args);
    expect([answer.status, answer.json.result]).toEqual([status, null]);
  });

  it(must('file-upload-refused', 'nowhere to go'), async () => {
    await using plain = await anAtiApp();
    const args = { filename: 'a', content_base64: 'aGk=' };
    const answer = await plain.call('file_manager:upload', args);
    expect(answer).toMatchObject({ status: 503, json: { result: null } });
    expect(answer.json.error).toContain('ATI_UPLOAD_DESTINATIONS');
  });
});
