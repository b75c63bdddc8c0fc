import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compactJsonMembers, scanJsonMembers } from './compact-json-members.js';

function member(text: string, key = 'a'): string | undefined {
  const result = compactJsonMembers(text);
  if (result.kind !== 'members') throw new Error(JSON.stringify(result));
  return result.members.get(key);
}

describe('compactJsonMembers', () => {
  it.each([
    ['white space between tokens goes', '{ "a" :\t{ "b" : [ 1 ,\r\n 2 ] } }', '{"b":[1,2]}'],
    ['white space inside strings stays', '{"a": " b  c "}', '" b  c "'],
    [
      'integer-like keys keep their order',
      '{"a": {"200": 1, "default": 2, "100": 3}}',
      '{"200":1,"default":2,"100":3}',
    ],
    [
      'the text of numbers stays',
      '{"a": [1.0, 1E+2, -0, 12345678901234567890]}',
      '[1.0,1E+2,-0,12345678901234567890]',
    ],
    [
      'escapes become what JSON.stringify writes',
      String.raw`{"a": "\u00e4\/\u000A\"\\"}`,
      String.raw`"ä/\n\"\\"`,
    ],
    ['escaped keys inside are rewritten too', String.raw`{"a": {"\u0062": 1}}`, '{"b":1}'],
    ['an escaped top-level key is found', String.raw`{"\u0061": 1}`, '1'],
    ['of two members with one key the last counts', '{"a": 1, "a": 2}', '2'],
    ['repeated keys inside stay for the reader to see', '{"a": {"b": 1, "b": 2}}', '{"b":1,"b":2}'],
    ['empty containers', '{"a": { "b" : [ ] , "c" : { } }}', '{"b":[],"c":{}}'],
    ['literals', '{"a": [ true , false , null ]}', '[true,false,null]'],
    ['a lone surrogate is escaped', '{"a": "\ud800"}', String.raw`"\ud800"`],
    [
      '__proto__ is a key like any other',
      '{"a": {"__proto__": {"x": 1}}}',
      '{"__proto__":{"x":1}}',
    ],
  ])('%s', (_title, text, compact) => {
    expect(member(text)).toBe(compact);
  });

  it('gives every top-level member', () => {
    const result = compactJsonMembers('{"x": 1, "y": "z"}');
    expect(result).toEqual({
      kind: 'members',
      members: new Map([
        ['x', '1'],
        ['y', '"z"'],
      ]),
    });
  });

  it.each([
    ['{"a": 1 2}', 8, '"," or "}"'],
    ['{"a": {"b": [1, ]}}', 16, 'a value'],
    ['{"a": tru}', 6, 'a value'],
    ['{"a": "b', 8, 'the end of a string'],
    ['{"a": "b\nc"}', 8, 'the end of a string'],
    [String.raw`{"a": "\x"}`, 7, 'an escape of JSON'],
    [String.raw`{"a": "\u12g4"}`, 7, 'an escape of JSON'],
    ['{"a": 01}', 7, '"," or "}"'],
    ['{"a": 1} x', 9, 'the end of the text'],
    ['{"a": {b: 1}}', 7, 'a property name in double quotes'],
    ['{a: 1}', 1, 'a property name in double quotes'],
    ['{"a"', 4, '":"'],
    ['{"a": [1', 8, '"," or "]"'],
    ['{"a": 1,}', 8, 'a property name in double quotes'],
  ])('tells where %s stops being JSON', (text, position, expected) => {
    expect(compactJsonMembers(text)).toMatchObject({ kind: 'invalid', position, expected });
  });

  it('counts lines and columns from 1', () => {
    expect(compactJsonMembers('{\n  "a": x\n}')).toMatchObject({ line: 2, column: 8 });
  });

  it.each(['[1]', '"a"', '', 'openapi: 3.1.0'])('takes %j for no object', (text) => {
    expect(compactJsonMembers(text)).toEqual({ kind: 'not-an-object' });
  });

  it('stops at a key that settles the matter, however the rest looks', () => {
    const text = '{"info": {}, "openapi": "3.1.0", truncated';
    expect(compactJsonMembers(text, { stopAt: ['openapi'] })).toEqual({
      kind: 'stopped',
      key: 'openapi',
    });
  });

  it('goes 200,000 levels deep', () => {
    const nested = '['.repeat(200_000) + ']'.repeat(200_000);
    expect(member(`{"a": ${nested}}`)).toBe(nested);
  });

  it('lets others run while it reads a long text, and misses nothing', () => {
    const long = JSON.stringify(
      Array.from({ length: 60_000 }, (_, id) => ({ id, name: `n${id}` })),
      null,
      2,
    );
    const scan = scanJsonMembers(`{"a": ${long}}`);
    let steps = 0;
    for (let step = scan.next(); ; step = scan.next()) {
      if (step.done) {
        expect(step.value).toMatchObject({ kind: 'members' });
        if (step.value.kind === 'members') {
          expect(step.value.members.get('a')).toBe(JSON.stringify(JSON.parse(long)));
        }
        break;
      }
      steps += 1;
    }
    expect(steps).toBeGreaterThan(5);
  });

  it('equals JSON.stringify for whatever JSON.stringify wrote, indented or not', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.constantFrom(undefined, 2, '\t'), (value, indent) => {
        const text = JSON.stringify({ a: value }, null, indent);
        const expected = JSON.stringify(JSON.parse(JSON.stringify(value)));
        expect(member(text)).toBe(expected);
      }),
    );
  });

  it('refuses exactly what JSON.parse refuses', () => {
    const broken = fc
      .tuple(
        fc.jsonValue(),
        fc.nat(),
        fc.constantFrom('', ',', '"', '\\', ' ', '}', ']', '0', 'e', ':'),
      )
      .map(([value, place, junk]) => {
        const text = JSON.stringify({ a: value, b: 1 });
        const at = place % text.length;
        return text.slice(0, at) + junk + text.slice(at + 1);
      });
    fc.assert(
      fc.property(broken, (text) => {
        const isObject = isJsonObject(text);
        expect(compactJsonMembers(text).kind === 'members').toBe(isObject);
      }),
      { numRuns: 2000 },
    );
  });
});

function isJsonObject(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}
