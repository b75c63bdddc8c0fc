import { execFile } from 'node:child_process';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import type { PlannedRequest } from './call-types.js';
import { previewRequest } from './preview-request.js';

function aRequest(overrides: Partial<PlannedRequest> = {}): PlannedRequest {
  return { method: 'GET', url: 'https://api.example/a', headers: {}, body: null, ...overrides };
}

function withBody(type: string, body: string | Uint8Array): PlannedRequest {
  return aRequest({ method: 'POST', headers: { 'content-type': type }, body: Buffer.from(body) });
}

describe('previewRequest', () => {
  it('hides secrets in the URL, the headers and the body', () => {
    const request = aRequest({
      method: 'POST',
      url: 'https://api.example/v1/k-123456/x?api_key=abc&q=k-123456&limit=5',
      headers: {
        Authorization: 'Bearer tok',
        cookie: 'sid=abc; theme=dark',
        'X-Api-Key': 'k-123456',
        'x-trace': 'k-123456 and more',
        'content-type': 'application/json',
      },
      body: Buffer.from('{"name": "x", "password":"hunter2"}'),
    });
    const preview = previewRequest(request, ['k-123456']);
    expect(preview).toMatchObject({
      method: 'POST',
      url: 'https://api.example/v1/[redacted]/x?api_key=[redacted]&q=[redacted]&limit=5',
      headers: {
        Authorization: 'Bearer [redacted]',
        cookie: 'sid=[redacted]; theme=[redacted]',
        'X-Api-Key': '[redacted]',
        'x-trace': '[redacted] and more',
        'content-type': 'application/json',
      },
      body: '{"name":"x","password":"[redacted]"}',
    });
    expect(JSON.stringify(preview)).not.toMatch(/k-123456|hunter2|tok\b/);
  });

  it.each<[string, string | Uint8Array, string]>([
    ['application/json', '{ "a": 12345678901234567890 }', '{ "a": 12345678901234567890 }'],
    ['application/json', '{"a": broken', '{"a": broken'],
    ['application/x-www-form-urlencoded', 'a=1&client_secret=x', 'a=1&client_secret=[redacted]'],
    ['text/plain', 'a known-secret', 'a [redacted]'],
    [
      'multipart/form-data; boundary=B',
      '--B\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n--B\r\nContent-Disposition: form-data; name="password"\r\n\r\nx\r\n--B--\r\n',
      '--B\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n--B\r\nContent-Disposition: form-data; name="password"\r\n\r\n[redacted]\r\n--B--\r\n',
    ],
    [
      'multipart/form-data; boundary=B',
      '--B\r\nContent-Disposition: form-data; name="hook"\r\n\r\nhttps://u:p@h/?token=x\r\n--B--\r\n',
      '--B\r\nContent-Disposition: form-data; name="hook"\r\n\r\nhttps://[redacted]@h/?token=[redacted]\r\n--B--\r\n',
    ],
    [
      'application/x-ndjson',
      '{"password": "x\\"y", "a": 1}\n{"otp":123456}\n',
      '{"password": "[redacted]", "a": 1}\n{"otp":"[redacted]"}\n',
    ],
    ['text/plain', 'see https://u:p@h/?token=x', 'see https://[redacted]@h/?token=[redacted]'],
    ['text/xml', '<password>x</password><a>b</a>', '<password>[redacted]</password><a>b</a>'],
    ['application/octet-stream', new Uint8Array([0, 1]), '(2 bytes of application/octet-stream)'],
    ['image/png', new Uint8Array([0xff]), '(1 bytes of image/png)'],
  ])('shows a body of %s', (type, body, expected) => {
    expect(previewRequest(withBody(type, body), ['known-secret']).body).toBe(expected);
  });

  it('shortens a long body and reads it from a file in curl', () => {
    const preview = previewRequest(withBody('text/plain', 'x'.repeat(20_000)), []);
    expect(preview.body).toHaveLength(16_384 + '… (20000 characters)'.length);
    expect(preview.curl).toContain('--data-binary @body');
  });

  it.each<[PlannedRequest, string]>([
    [aRequest(), 'curl https://api.example/a'],
    [aRequest({ method: 'DELETE' }), 'curl -X DELETE https://api.example/a'],
    [aRequest({ method: 'HEAD' }), 'curl --head https://api.example/a'],
    [
      aRequest({ url: 'https://api.example/a?b[c]=1&d=2' }),
      "curl --globoff 'https://api.example/a?b[c]=1&d=2'",
    ],
    [
      aRequest({ headers: { 'x-a': "it's $HOME", 'x-b': '' } }),
      "curl https://api.example/a -H 'x-a: it'\\''s $HOME' -H 'x-b;'",
    ],
    [
      withBody('application/json', '{"a":"`b`"}'),
      'curl -X POST https://api.example/a -H \'content-type: application/json\' --data-raw \'{"a":"`b`"}\'',
    ],
    [
      aRequest({ method: 'POST', body: Buffer.from('@x') }),
      'curl -X POST https://api.example/a -H Content-Type: --data-raw @x',
    ],
    [
      withBody('image/png', new Uint8Array([0])),
      "curl -X POST https://api.example/a -H 'content-type: image/png' --data-binary @body",
    ],
  ])('%j as curl: %s', (request, expected) => {
    expect(previewRequest(request, []).curl).toBe(expected);
  });
});

const hasCurl = await promisify(execFile)('curl', ['--version']).then(
  () => true,
  () => false,
);

describe.runIf(hasCurl)('the curl line', () => {
  it('sends what it was made of, through a shell', async () => {
    const seen: { method?: string; url?: string; odd?: string | string[]; body: string }[] = [];
    const server = createServer(async (request, response) => {
      let body = '';
      for await (const chunk of request) body += chunk;
      const { method = '', url = '', headers } = request;
      seen.push({ method, url, odd: headers['x-odd'] ?? '', body });
      response.end();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const body = `'"$(id)\`id\`\\ \t\r\n@{}[] ü`;
    const { curl } = previewRequest(
      {
        method: 'PATCH',
        url: `http://127.0.0.1:${port}/a;b/{c}?d[]=1&e='*%20`,
        headers: { 'x-odd': `'"$(id);!`, 'content-type': 'text/plain' },
        body: Buffer.from(body),
      },
      [],
    );
    await promisify(execFile)('sh', ['-c', `${curl} --silent --noproxy '*'`]);
    server.close();
    expect(seen).toEqual([
      { method: 'PATCH', url: `/a;b/{c}?d[]=1&e='*%20`, odd: `'"$(id);!`, body },
    ]);
  });
});
