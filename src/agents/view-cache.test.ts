import { describe, expect, it } from 'vitest';
import { ViewCache } from './view-cache.js';

const at = (revision: number, localRevision = 1) => ({
  revision: BigInt(revision),
  localRevision: BigInt(localRevision),
});
type Shared = { tools: { schema: object }[] };
const kilobyte = 'x'.repeat(1000);

function put(cache: ViewCache, tenant: string, part: string, value: unknown, version = at(1)) {
  cache.put(tenant, part, { value, version });
}

function has(cache: ViewCache, tenant: string, part: string): boolean {
  return cache.get(tenant, part, at(0, 0)) !== undefined;
}

describe('what is remembered', () => {
  it.each([
    [at(5, 2), at(5, 2), true],
    [at(5, 2), at(4, 1), true],
    [at(5, 2), at(6, 2), false],
    [at(5, 2), at(5, 3), false],
    [at(5, 2), at(4, 3), false],
    [at(10, 2), at(9, 2), true],
  ])('of %o does for who wants %o: %s', (version, wanted, expected) => {
    const cache = new ViewCache(100_000);
    put(cache, 'acme', 'part', 'value', version);
    expect(cache.get('acme', 'part', wanted) !== undefined).toBe(expected);
  });

  it('is never replaced by something older', () => {
    const cache = new ViewCache(100_000);
    put(cache, 'acme', 'part', 'new', at(7));
    put(cache, 'acme', 'part', 'old', at(6));
    expect(cache.get('acme', 'part', at(0))).toMatchObject({ value: 'new', version: at(7) });
    put(cache, 'acme', 'part', 'newest', at(8));
    expect(cache.get('acme', 'part', at(0))).toMatchObject({ value: 'newest', version: at(8) });
  });

  it('is one tenant’s, whatever its parts are called', () => {
    const cache = new ViewCache(100_000);
    put(cache, 'acme', 'part', 'value');
    expect(has(cache, 'globex', 'part')).toBe(false);
  });

  it('cannot be changed by who gets it', () => {
    const cache = new ViewCache(100_000);
    put(cache, 'acme', 'part', { tools: [{ schema: {} }] });
    const { tools } = (cache.get('acme', 'part', at(1))?.value ?? {}) as Shared;
    expect(() => Object.assign(tools[0]?.schema ?? {}, { type: 'x' })).toThrow(TypeError);
    expect(() => tools.pop()).toThrow(TypeError);
  });
});

describe('the room', () => {
  it('is never exceeded', () => {
    const cache = new ViewCache(20_000);
    for (let index = 0; index < 100; index += 1) {
      put(cache, `tenant-${index % 7}`, `part-${index}`, kilobyte.repeat((index % 4) + 1));
      expect(cache.bytes).toBeLessThanOrEqual(20_000);
    }
    expect(cache.bytes).toBeGreaterThan(10_000);
  });

  it('is given up by what was asked for least recently', () => {
    const cache = new ViewCache(5000);
    for (const part of ['a', 'b', 'c', 'd']) put(cache, 'acme', part, kilobyte);
    has(cache, 'acme', 'a');
    put(cache, 'acme', 'e', kilobyte);
    const parts = ['a', 'b', 'c', 'd', 'e'].filter((part) => has(cache, 'acme', part));
    expect(parts).toEqual(['a', 'c', 'd', 'e']);
  });

  it('is not taken from a tenant with little by one that reads much', () => {
    const cache = new ViewCache(20_000);
    put(cache, 'small', 'part', kilobyte);
    for (let index = 0; index < 1000; index += 1) put(cache, 'large', `part-${index}`, kilobyte);
    expect([has(cache, 'small', 'part'), has(cache, 'large', 'part-999')]).toEqual([true, true]);
  });

  it('is shared by many tenants that each have little', () => {
    const cache = new ViewCache(20_000);
    for (let index = 0; index < 1000; index += 1) put(cache, `tenant-${index}`, 'part', kilobyte);
    expect(has(cache, 'tenant-999', 'part')).toBe(true);
    expect(has(cache, 'tenant-0', 'part')).toBe(false);
  });

  it('is not emptied for a single large thing, which is not kept', () => {
    const cache = new ViewCache(20_000);
    put(cache, 'acme', 'small', kilobyte);
    put(cache, 'acme', 'large', kilobyte.repeat(6));
    expect([has(cache, 'acme', 'small'), has(cache, 'acme', 'large')]).toEqual([true, false]);
  });

  it('gives up an old version that is too large in its new one', () => {
    const cache = new ViewCache(20_000);
    put(cache, 'acme', 'part', kilobyte, at(1));
    put(cache, 'acme', 'part', kilobyte.repeat(6), at(2));
    expect([has(cache, 'acme', 'part'), cache.bytes]).toEqual([false, 0]);
  });

  it('may be none', () => {
    const cache = new ViewCache(0);
    put(cache, 'acme', 'part', 'value');
    expect([has(cache, 'acme', 'part'), cache.bytes]).toEqual([false, 0]);
  });
});
