import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  type FernetKey,
  generateFernetKey,
  openFernet,
  parseFernetKey,
  sealFernet,
} from './fernet.js';

const secret = 'cw_0x689RpI-jtRR7oE8h_eQsKImvJapLeSbXpwF4e4=';
const key = keyOf(secret);

function keyOf(text: string): FernetKey {
  const parsed = parseFernetKey(text);
  if (!parsed) throw new Error('not a key');
  return parsed;
}

describe('the published vectors of the Fernet spec', () => {
  it('generate.json: makes the same token from the same key, time and iv', () => {
    const token = sealFernet(key, Buffer.from('hello'), {
      at: new Date('1985-10-26T01:20:00-07:00'),
      iv: Uint8Array.from({ length: 16 }, (_, index) => index),
    });
    expect(token).toBe(
      'gAAAAAAdwJ6wAAECAwQFBgcICQoLDA0ODy021cpGVWKZ_eEwCGM4BLLF_5CV9dOPmrhuVUPgJobwOz7JcbmrR64jVmpU4IwqDA==',
    );
  });

  it('verify.json: opens the token within its time to live', () => {
    const opened = openFernet(
      key,
      'gAAAAAAdwJ6wAAECAwQFBgcICQoLDA0ODy021cpGVWKZ_eEwCGM4BLLF_5CV9dOPmrhuVUPgJobwOz7JcbmrR64jVmpU4IwqDA==',
      { ttlSeconds: 60, now: new Date('1985-10-26T01:20:01-07:00') },
    );
    expect(opened?.toString()).toBe('hello');
  });

  it.each([
    [
      'incorrect mac',
      'gAAAAAAdwJ6xAAECAwQFBgcICQoLDA0OD3HkMATM5lFqGaerZ-fWPAl1-szkFVzXTuGb4hR8AKtwcaX1YdykQUFBQUFBQUFBQQ==',
    ],
    ['too short', 'gAAAAAAdwJ6xAAECAwQFBgcICQoLDA0OD3HkMATM5lFqGaerZ-fWPA=='],
    [
      'invalid base64',
      '%%%%%%%%%%%%%AECAwQFBgcICQoLDA0OD3HkMATM5lFqGaerZ-fWPAl1-szkFVzXTuGb4hR8AKtwcaX1YdykRtfsH-p1YsUD2Q==',
    ],
    [
      'payload size not multiple of block size',
      'gAAAAAAdwJ6xAAECAwQFBgcICQoLDA0OD3HkMATM5lFqGaerZ-fWPOm73QeoCk9uGib28Xe5vz6oxq5nmxbx_v7mrfyudzUm',
    ],
    [
      'payload padding error',
      'gAAAAAAdwJ6xAAECAwQFBgcICQoLDA0ODz4LEpdELGQAad7aNEHbf-JkLPIpuiYRLQ3RtXatOYREu2FWke6CnJNYIbkuKNqOhw==',
    ],
    [
      'far-future TS (unacceptable clock skew)',
      'gAAAAAAdwStRAAECAwQFBgcICQoLDA0OD3HkMATM5lFqGaerZ-fWPAnja1xKYyhd-Y6mSkTOyTGJmw2Xc2a6kBd-iX9b_qXQcw==',
    ],
    [
      'incorrect IV (causes padding error)',
      'gAAAAAAdwJ6xBQECAwQFBgcICQoLDA0OD3HkMATM5lFqGaerZ-fWPAkLhFLHpGtDBRLRTZeUfWgHSv49TF2AUEZ1TIvcZjK1zQ==',
    ],
  ])('invalid.json: refuses "%s"', (_, token) => {
    const now = new Date('1985-10-26T01:20:01-07:00');
    expect(openFernet(key, token, { ttlSeconds: 60, now })).toBeNull();
  });

  it('invalid.json: refuses "expired TTL", and opens the same token in time', () => {
    const token =
      'gAAAAAAdwJ6xAAECAwQFBgcICQoLDA0OD3HkMATM5lFqGaerZ-fWPAl1-szkFVzXTuGb4hR8AKtwcaX1YdykRtfsH-p1YsUD2Q==';
    const open = (now: string) =>
      openFernet(key, token, { ttlSeconds: 60, now: new Date(now) })?.toString();
    expect(open('1985-10-26T01:21:31-07:00')).toBeUndefined();
    expect(open('1985-10-26T01:20:31-07:00')).toBe('');
  });
});

describe('tokens of the Python package "cryptography"', () => {
  type Fixture = { tokens: { key: string; text: string; token: string }[] };
  const { tokens }: Fixture = JSON.parse(
    readFileSync(
      new URL('../../test/fixtures/credentials/python-fernet.json', import.meta.url),
      'utf8',
    ),
  );

  it.each(tokens)('open: $text', ({ key: text, token, text: plain }) => {
    expect(openFernet(keyOf(text), token)?.toString()).toBe(plain);
  });
});

describe('openFernet', () => {
  const token = sealFernet(key, Buffer.from('hello'));

  it.each([
    ['another version byte', `gQ${token.slice(2)}`],
    ['no padding', token.replace(/=+$/, '')],
    ['standard base64 letters', `${token.slice(0, 20)}+${token.slice(21)}`],
    ['white space', `${token} `],
    ['a line break', `${token}\n`],
    ['padding inside', `${token.slice(0, 40)}==${token.slice(42)}`],
    ['nothing', ''],
  ])('refuses a token with %s', (_, changed) => {
    expect(openFernet(key, changed)).toBeNull();
  });

  it('refuses a token with any one byte changed', () => {
    const bytes = Buffer.from(token, 'base64url');
    for (const index of bytes.keys()) {
      const changed = Buffer.from(bytes);
      changed[index] = (changed[index] ?? 0) ^ 1;
      const text = changed.toString('base64').replaceAll('+', '-').replaceAll('/', '_');
      expect(openFernet(key, text), `byte ${index}`).toBeNull();
    }
  });

  it('opens a token of any age where no time to live is asked for', () => {
    const old = sealFernet(key, Buffer.from('old'), { at: new Date('2001-01-01') });
    expect(openFernet(key, old)?.toString()).toBe('old');
  });
});

describe('parseFernetKey', () => {
  it('reads what generateFernetKey makes', () => {
    expect(parseFernetKey(generateFernetKey())).not.toBeNull();
  });

  it.each([
    ['a short key', 'c2hvcnQ='],
    ['no padding', secret.slice(0, -1)],
    ['33 bytes', Buffer.alloc(33).toString('base64')],
    ['standard base64 letters', secret.replace('_', '/')],
    ['a trailing line break', `${secret}\n`],
  ])('refuses %s', (_, text) => {
    expect(parseFernetKey(text)).toBeNull();
  });
});
