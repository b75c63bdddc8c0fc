import { describe, expect, it } from 'vitest';
import { auditText, truncate } from './redact-arguments.js';

/** What the reference worker hides, and what is hidden here: fewer words that are no secrets, more that are. */
const names: [name: string, reference: boolean, here: boolean][] = [
  ...same(true, ['password', 'api-key', 'apiKey', 'x-api-key', 'privateKey', 'Cookie']),
  ...same(true, ['Authorization', 'OAuth']),
  ...harmless([
    'passage',
    'compass',
    'author',
    'authority',
    'max_tokens',
    'tokenizer',
    'secretary',
  ]),
  ...missed(['api key', 'private key', 'bearer', 'jwt', 'pwd', 'session_id', 'signature', 'pin']),
];

describe('names of secrets', () => {
  it.each(names)('%s (in the reference: %s) is hidden here: %s', (name, _, isHidden) => {
    const text = auditText({ [name]: 'hunter2' });
    expect(text).toBe(JSON.stringify({ [name]: isHidden ? '[redacted]' : 'hunter2' }));
  });
});

describe('the arguments of an audit', () => {
  it('lose secrets at every depth', () => {
    const text = auditText({
      headers: { Authorization: 'Bearer canary-1' },
      list: [{ name: 'X-Api-Key', value: 'canary-2' }, [{ password: 'canary-3' }]],
      url: 'https://user:canary-4@h.example/?token=canary-5',
      note: `see eyJhbGciOiJIUzI1NiJ9.Y2FuYXJ5LTY.c2ln or Bearer canary-7-0123456789`,
      config: '{"client_secret":"canary-8"}',
    });
    expect(text).not.toMatch(/canary|Y2FuYXJ5/);
  });

  it('show references to secrets, which are none', () => {
    expect(auditText({ from: 'secret:db/main' })).toBe('{"from":"secret:db/main"}');
  });

  it.each<[unknown, string]>([
    [{ name: 'Zoë 😀' }, '{"name":"Zoë 😀"}'],
    ['plain', '"plain"'],
    [null, 'null'],
    [undefined, 'undefined'],
    [{ tool: 'a\nb\u001b[31m' }, '{"tool":"a\\nb\\u001b[31m"}'],
    [{ n: 5n }, '{"n":"5"}'],
    [{ half: '\ud83d' }, '{"half":"\\ud83d"}'],
  ])('%s are one line: %s', (value, text) => {
    expect(auditText(value)).toBe(text);
  });

  it('end on cycles and depths', () => {
    const cyclic: Record<string, unknown> = {};
    cyclic.self = cyclic;
    expect(auditText(cyclic)).toBe('{"self":"[circular]"}');
    let deep: unknown = 1;
    for (let level = 0; level < 50_000; level += 1) deep = [deep];
    expect(auditText(deep).length).toBeLessThan(2100);
  });
});

describe('a text', () => {
  it.each([
    [1999, 0],
    [2000, 0],
    [2001, 1],
    [2500, 500],
  ])('of %i characters loses %i', (length, lost) => {
    for (const character of ['x', 'é', '😀']) {
      const cut = truncate(character.repeat(length));
      const note = lost === 0 ? '' : `…[+${lost} chars]`;
      expect(cut).toBe(character.repeat(Math.min(length, 2000)) + note);
      expect(cut.isWellFormed()).toBe(true);
    }
  });

  it('is cut beside an emoji, not within', () => {
    expect(truncate(`${'x'.repeat(1999)}😀`)).toBe(`${'x'.repeat(1999)}😀`);
    expect(truncate(`${'x'.repeat(1999)}😀y`)).toBe(`${'x'.repeat(1999)}😀…[+1 chars]`);
    expect(truncate(`${'x'.repeat(2000)}😀`)).toBe(`${'x'.repeat(2000)}…[+1 chars]`);
  });
});

function same(isHidden: boolean, all: string[]): typeof names {
  return all.map((name) => [name, isHidden, isHidden]);
}

function harmless(all: string[]): typeof names {
  return all.map((name) => [name, true, false]);
}

function missed(all: string[]): typeof names {
  return all.map((name) => [name, false, true]);
}
