import { isDeepStrictEqual } from 'node:util';

/** Scalars in a value. */
export function countLeaves(value: unknown): number {
  if (value === null || value === undefined) return 0;
  if (typeof value !== 'object') return 1;
  return Object.values(value).reduce((sum: number, member) => sum + countLeaves(member), 0);
}

/** The leaves of JSON that was given that the JSON that was read does not have in the same place; with their paths. */
export function lostJson(given: unknown, read: unknown, path = ''): string[] {
  if (typeof given !== 'object' || given === null) {
    return given === read ? [] : [`${path}: gave ${show(given)}, read ${show(read)}`];
  }
  return Object.entries(given).flatMap(([key, member]) =>
    lostJson(member, ownMember(read, key), `${path}/${key}`),
  );
}

/** As `lostJson` for what has texts at its leaves, and neither null nor empty members. */
export function lostLeaves(given: unknown, read: unknown, path = ''): string[] {
  if (given === null || given === undefined) return [];
  if (typeof given !== 'object') {
    return isSameLeaf(given, read) ? [] : [`${path}: gave ${show(given)}, read ${show(read)}`];
  }
  const found = typeof read === 'string' ? parseJson(read) : read;
  const members = Array.isArray(given)
    ? given.filter((item) => typeof found !== 'object' || hasNull(found) || item !== null)
    : given;
  return Object.entries(members).flatMap(([key, member]) =>
    lostLeaves(member, ownMember(found, key), `${path}/${key}`),
  );
}

function hasNull(value: unknown): boolean {
  return Array.isArray(value) && value.includes(null);
}

function ownMember(value: unknown, key: string): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
  return (value as Record<string, unknown>)[key];
}

function isSameLeaf(given: unknown, read: unknown): boolean {
  if (isDeepStrictEqual(given, read)) return true;
  if (typeof read !== 'string') return false;
  return read === String(given) || isSameFile(given, read);
}

/** Files are read back as base64, whatever form they were given in. */
function isSameFile(given: unknown, read: string): boolean {
  if (typeof given !== 'string') return false;
  const content = given.startsWith('data:') ? given.slice(given.indexOf(',') + 1) : given;
  return Buffer.from(content, 'base64').toString('base64') === read && read !== '';
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function show(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}
