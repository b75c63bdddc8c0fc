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
  const keyOf = ({ method, path }: NameableOperation) => `${method.toUpperCase()} ${path}`;
  const slugs = new Map<NameableOperation, string>();
  const slugFor = (operation: NameableOperation) => {
    const slug = slugs.get(operation) ?? within64(slugOf(operation), keyOf(operation));
    slugs.set(operation, slug);
    return slug;
  };
  let names = operations.map((operation) => {
    const cleaned = operation.operationId === null ? '' : cleanName(operation.operationId);
    return cleaned === '' ? slugFor(operation) : within64(cleaned, keyOf(operation));
  });
  names = replaceShared(operations, names, slugFor);
  names = replaceShared(operations, names, (operation) =>
    withHash(slugFor(operation), keyOf(operation), 8),
  );
  for (let round = 1; round <= fallbackRounds; round += 1) {
    names = replaceShared(operations, names, (operation) =>
      withHash(slugFor(operation), `${round} ${keyOf(operation)}`, 16),
    );
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

function slugOf({ method, path }: NameableOperation): string {
  const cleaned = cleanName(path);
  const fallback = path === '/' ? 'root' : hash('sha256', path).slice(0, 8);
  return `${cleanName(method.toLowerCase()) || 'call'}_${cleaned || fallback}`;
}

function replaceShared(
  operations: readonly NameableOperation[],
  names: string[],
  otherName: (operation: NameableOperation) => string,
): string[] {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  if (counts.size === names.length) return names;
  return operations.map((operation, at) => {
    const name = names[at] ?? '';
    return counts.get(name) === 1 ? name : otherName(operation);
  });
}

function within64(name: string, key: string): string {
  return name.length <= maxLength ? name : withHash(name, key, 8);
}

function withHash(name: string, key: string, digits: number): string {
  const kept = name.slice(0, maxLength - digits - 1).replace(/[_-]+$/, '');
  return `${kept}_${hash('sha256', key).slice(0, digits)}`;
}
