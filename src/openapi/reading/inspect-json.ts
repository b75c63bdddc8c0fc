import { childPointer } from '../json-pointer.js';
import { type ProblemList, quoteKey, ReadRefusal, refusal } from './read-problem.js';

export type JsonInspection = {
  /** Member names of all objects, each once per object. */
  keys: number;
};

type Walk = {
  maxDepth: number;
  keys: number;
  cleans: boolean;
  problems: ProblemList;
};

/**
 * Walks a parsed value once. Throws ReadRefusal when it is nested deeper than `maxDepth`. With `cleans`, members named
 * `__proto__` are taken out and NUL characters in strings are replaced, in place, each with a warning.
 */
export function inspectJson(
  value: unknown,
  options: { maxDepth: number; cleans: boolean; problems: ProblemList },
): JsonInspection {
  const walk: Walk = { ...options, keys: 0 };
  if (isContainer(value)) visit(walk, value, 1, options.cleans ? [] : null);
  return { keys: walk.keys };
}

function isContainer(value: unknown): value is Record<string, unknown> | unknown[] {
  return typeof value === 'object' && value !== null;
}

function visit(
  walk: Walk,
  value: Record<string, unknown> | unknown[],
  depth: number,
  path: (string | number)[] | null,
): void {
  if (depth > walk.maxDepth) throw new ReadRefusal(tooDeep(walk.maxDepth));
  if (path !== null) clean(walk, value, path);
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i += 1) {
      const item: unknown = value[i];
      if (isContainer(item)) descend(walk, item, depth, path, i);
    }
    return;
  }
  for (const key in value) {
    walk.keys += 1;
    const member = value[key];
    if (isContainer(member)) descend(walk, member, depth, path, key);
  }
}

function descend(
  walk: Walk,
  value: Record<string, unknown> | unknown[],
  depth: number,
  path: (string | number)[] | null,
  step: string | number,
): void {
  path?.push(step);
  visit(walk, value, depth + 1, path);
  path?.pop();
}

function clean(
  walk: Walk,
  value: Record<string, unknown> | unknown[],
  path: (string | number)[],
): void {
  const members = value as Record<string, unknown>;
  if (!Array.isArray(value) && Object.hasOwn(value, '__proto__')) {
    Reflect.deleteProperty(members, '__proto__');
    walk.keys += 1;
    warnReservedKey(walk.problems, toPointer([...path, '__proto__']), null);
  }
  for (const key of Object.keys(members)) {
    const member = members[key];
    if (typeof member === 'string' && member.includes('\0')) {
      members[key] = replaceNul(walk.problems, member, toPointer([...path, key]), null);
    }
    if (key.includes('\0') && !Array.isArray(value)) {
      delete members[key];
      members[replaceNul(walk.problems, key, toPointer(path), null)] = member;
    }
  }
}

export function toPointer(path: (string | number)[]): string {
  return childPointer('', ...path);
}

export function tooDeep(maxDepth: number, line: number | null = null) {
  return refusal(
    'DOCUMENT_TOO_DEEP',
    `The document is nested deeper than ${maxDepth} levels, which is more than is read.`,
    line,
  );
}

/** `__proto__` would set the prototype of any object that it is copied into. */
export function warnReservedKey(problems: ProblemList, pointer: string, line: number | null): void {
  problems.warn(
    'RESERVED_KEY',
    'The member "__proto__" is left out: the name is reserved and cannot be used safely.',
    pointer,
    line,
  );
}

/** NUL characters cannot be stored as text; U+FFFD stands in for them. */
export function replaceNul(
  problems: ProblemList,
  text: string,
  pointer: string,
  line: number | null,
): string {
  problems.warn(
    'NUL_CHARACTER',
    `The text ${quoteKey(text.replaceAll('\0', '\uFFFD'))} holds a NUL character, which is replaced by U+FFFD.`,
    pointer,
    line,
  );
  return text.replaceAll('\0', '\uFFFD');
}
