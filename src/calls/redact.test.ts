import { describe, expect, it } from 'vitest';
import { redact, redactValues } from './redact.js';
import { isSecretName } from './redact-names.js';

const secret = 'S3cr&t/+val ü"';

describe('isSecretName', () => {
  it.each([
    ...['authorization', 'Authorization', 'Proxy-Authorization', 'cookie', 'Set-Cookie', 'auth'],
    ...[
      'password',
      'PASSWD',
      'user_password',
      'newPassword',
      'password_confirmation',
      'passphrase',
    ],
    ...[
      'secret',
      'client_secret',
      'clientSecret',
      'CLIENT-SECRET',
      'secret_key',
      'aws_secret_access_key',
    ],
    ...[
      'token',
      'access_token',
      'accessToken',
      'refresh-token',
      'id_token',
      'X-Auth-Token',
      'csrfToken',
    ],
    ...['api_key', 'apikey', 'apiKey', 'X-API-Key', 'x.api.key', 'private_key', 'privateKey'],
    ...[
      'session',
      'session_id',
      'JSESSIONID',
      'credential',
      'credentials',
      'X-Amz-Signature',
      'sig',
      'jwt',
      'bearer',
      'otp',
      'passcode',
      'cvv',
    ],
  ])('%s', (name) => {
    expect(isSecretName(name)).toBe(true);
  });

  it.each([
    ...[
      'author',
      'name',
      'max_tokens',
      'tokens',
      'nextPageToken',
      'page_token',
      'secretary',
      'key',
    ],
    ...['passenger', 'sessions', 'cookies_accepted', 'keyword', 'design', 'mapping', ''],
  ])('not %s', (name) => {
    expect(isSecretName(name)).toBe(false);
  });
});

describe('redact by name', () => {
  it.each<[unknown, unknown]>([
    [
      { password: 'x', name: 'y' },
      { password: '[redacted]', name: 'y' },
    ],
    [{ a: [{ b: { apiKey: 1 } }] }, { a: [{ b: { apiKey: '[redacted]' } }] }],
    [{ token: { type: 'x', value: 'y' } }, { token: '[redacted]' }],
    [{ token: ['a', 'b'] }, { token: '[redacted]' }],
    [
      { token: null, password: '', session: true },
      { token: null, password: '', session: true },
    ],
    [
      [
        { name: 'Authorization', value: 'x' },
        { name: 'Accept', value: 'y' },
      ],
      [
        { name: 'Authorization', value: '[redacted]' },
        { name: 'Accept', value: 'y' },
      ],
    ],
    [
      { key: 'x-api-key', value: 'x' },
      { key: 'x-api-key', value: '[redacted]' },
    ],
    ['text', 'text'],
    [5, 5],
    [null, null],
    [
      'https://u:p@h.example/a?api_key=x&b=1&access%5Ftoken=z#f',
      'https://[redacted]@h.example/a?api_key=[redacted]&b=1&access%5Ftoken=[redacted]#f',
    ],
    ['see http://h/?token=abc, then', 'see http://h/?token=[redacted] then'],
    ['password=abc&name=x', 'password=[redacted]&name=x'],
    ['a=b', 'a=b'],
    [
      JSON.parse('{"__proto__":{"password":"x"}}'),
      JSON.parse('{"__proto__":{"password":"[redacted]"}}'),
    ],
    [{ data: new Uint8Array(3) }, { data: '[3 bytes]' }],
  ])('%j → %j', (value, expected) => {
    expect(redact(value, [])).toEqual(expected);
  });

  it('leaves what it was given as it was', () => {
    const value = { a: { password: 'x' } };
    redact(value, ['x']);
    expect(value).toEqual({ a: { password: 'x' } });
  });
});

describe('redact by value', () => {
  it.each([
    secret,
    `before ${secret} after`,
    `https://h/${encodeURIComponent(secret)}?q=1`,
    `https://h/${encodeURIComponent(secret).replace(/%../g, (code) => code.toLowerCase())}`,
    `q=${new URLSearchParams({ v: secret }).toString().slice(2)}`,
    JSON.stringify({ x: secret }),
    `Basic ${Buffer.from(secret).toString('base64')}`,
    Buffer.from(secret).toString('base64url'),
  ])('%s', (text) => {
    const seen = JSON.stringify(redact({ a: [text], [text]: 1 }, [secret]));
    expect(seen).toContain('[redacted]');
    expect(seen).not.toMatch(/cr(&|%26)t/i);
    expect(seen).not.toContain(Buffer.from(secret).toString('base64').slice(0, 12));
  });

  it('takes the longer secret first', () => {
    expect(redact('abcdefgh abcd', ['abcd', 'abcdefgh'])).toBe('[redacted] [redacted]');
  });

  it('looks for a short secret in whole texts only, and for an empty one nowhere', () => {
    expect(redact(['12', '2012', ''], ['12', ''])).toEqual(['[redacted]', '2012', '']);
  });

  it('alone hides nothing by its name', () => {
    expect(redactValues({ token: 'theirs', echo: 'Bearer ours-0123' }, ['ours-0123'])).toEqual({
      token: 'theirs',
      echo: 'Bearer [redacted]',
    });
  });
});

describe('redact', () => {
  it('ends on cycles, and shows what merely comes twice', () => {
    const shared = { a: 1 };
    const cyclic: Record<string, unknown> = { first: shared, second: shared };
    cyclic.self = cyclic;
    expect(redact(cyclic, [])).toEqual({ first: shared, second: shared, self: '[circular]' });
  });

  it('ends on what is too deep or too much', () => {
    let deep: unknown = 'password';
    for (let level = 0; level < 100_000; level += 1) deep = [deep];
    expect(JSON.stringify(redact(deep, []))).toContain('[too deep]');
    const wide = Array.from({ length: 200_000 }, () => 'x');
    expect(redact(wide, [])).toContain('[too much]');
  });
});

describe('a text that holds a token', () => {
  const jwt = 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ4In0.c2lnbmF0dXJl';
  const basic = Buffer.from('user:hunter2').toString('base64');

  it.each([
    [`Bearer ${jwt}`, 'Bearer [redacted]'],
    [`it said ${jwt}, then`, 'it said [redacted], then'],
    ['authorization: Bearer abcdef0123456789', 'authorization: Bearer [redacted]'],
    ['bearer  sk-live-0123456789abcdef==', 'bearer  [redacted]'],
    [`-H "Authorization: Basic ${basic}"`, '-H "Authorization: Basic [redacted]"'],
    [
      'Basic information about bearer authentication',
      'Basic information about bearer authentication',
    ],
    ['Bearer of good news', 'Bearer of good news'],
    ['eyJ is how they begin', 'eyJ is how they begin'],
  ])('%s → %s', (text, expected) => {
    expect(redact({ note: text }, [])).toEqual({ note: expected });
  });

  it('ends on hostile texts', () => {
    const texts = [
      'Bearer '.repeat(50_000),
      `Bearer ${'a'.repeat(300_000)}`,
      'eyJa.'.repeat(60_000),
    ];
    for (const text of texts) expect(redact(text, [])).toBeTypeOf('string');
  });
});

describe('a text that holds JSON', () => {
  it.each([
    ['{"password":"p"}', '{"password":"[redacted]"}'],
    ['{"a":1,"client_secret" : "x\\"y","b":"c"}', '{"a":1,"client_secret" : "[redacted]","b":"c"}'],
    ['[{"name":"n"}]', '[{"name":"n"}]'],
    ['{"token":null,"pin":1234}', '{"token":null,"pin":"[redacted]"}'],
    ['"password": see the manual', '"password": see the manual'],
  ])('%s has no secret left', (text, expected) => {
    expect(redact({ config: text }, [])).toEqual({ config: expected });
  });
});
