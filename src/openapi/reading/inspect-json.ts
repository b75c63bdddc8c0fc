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
 * `__proto__` are taken out, and what cannot be stored of strings is replaced, in place, each with a warning.
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
    if (typeof member === 'string' && !isStorable(member)) {
      members[key] = toStorable(walk.problems, member, toPointer([...path, key]), null);
    }
    if (!isStorable(key) && !Array.isArray(value)) {
      delete members[key];
      members[toStorable(walk.problems, key, toPointer(path), null)] = member;
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

/** Whether PostgreSQL takes it as text and as JSON. */
export function isStorable(text: string): boolean {
  return !text.includes('\0') && text.isWellFormed();
}

/** NUL characters and halves of surrogate pairs cannot be stored; U+FFFD stands in for them. */
export function toStorable(
  problems: ProblemList,
  text: string,
  pointer: string,
  line: number | null,
): string {
  const storable = text.replaceAll('\0', '\uFFFD').toWellFormed();
  const [code, what] = text.includes('\0')
    ? ['NUL_CHARACTER', 'a NUL character']
    : ['LONE_SURROGATE', 'half of a surrogate pair'];
  problems.warn(
    code,
    `The text ${quoteKey(storable)} holds ${what}, which is replaced by U+FFFD.`,
    pointer,
    line,
  );
  return storable;
}
