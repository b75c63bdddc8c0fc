import { hash } from 'node:crypto';

/** What a name is made from. */
export type NameableOperation = { method: string; path: string; operationId: string | null };

const maxLength = 64;
const fallbackRounds = 8;

/**
 * One name per operation, in the order given: `^[A-Za-z0-9_-]{1,64}$`, all different, and none depending on that order.
 * The cleaned operationId; where several operations share one, each of them takes its `{method}_{path}` slug instead.
 */
export function nameTools(operations: readonly NameableOperation[]): string[] {
  const keys = operations.map(({ method, path }) => `${method.toUpperCase()} ${path}`);
  const slugs = operations.map(({ method, path }, at) =>
    within64(slugOf(method, path), keys[at] ?? '', 8),
  );
  let names = operations.map(({ operationId }, at) => {
    const cleaned = operationId === null ? '' : cleanName(operationId);
    return cleaned === '' ? (slugs[at] ?? '') : within64(cleaned, keys[at] ?? '', 8);
  });
  names = replaceShared(names, (at) => slugs[at] ?? '');
  names = replaceShared(names, (at) => withHash(slugs[at] ?? '', keys[at] ?? '', 8));
  for (let round = 1; round <= fallbackRounds; round += 1) {
    names = replaceShared(names, (at) => withHash(slugs[at] ?? '', `${round} ${keys[at]}`, 16));
  }
  return names;
}

/** Letters, digits, `_` and `-`; accents are dropped (NFKD), any other run of characters becomes one `_`. */
export function cleanName(text: string): string {
  if (/^[A-Za-z0-9_-]*$/.test(text)) return text;
  return text
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .replace(/[^A-Za-z0-9_-]+/g, '_')
    .replace(/_{2,}/g, '_')
    .replace(/^_+|_+$/g, '');
}

function slugOf(method: string, path: string): string {
  const cleaned = cleanName(path);
  const fallback = path === '/' ? 'root' : hash('sha256', path).slice(0, 8);
  return `${cleanName(method.toLowerCase()) || 'call'}_${cleaned || fallback}`;
}

function replaceShared(names: string[], other: (at: number) => string): string[] {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return names.map((name, at) => (counts.get(name) === 1 ? name : other(at)));
}

function within64(name: string, key: string, digits: number): string {
  return name.length <= maxLength ? name : withHash(name, key, digits);
}

function withHash(name: string, key: string, digits: number): string {
  const kept = name.slice(0, maxLength - digits - 1).replace(/[_-]+$/, '');
  return `${kept}_${hash('sha256', key).slice(0, digits)}`;
}
