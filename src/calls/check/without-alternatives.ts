import type { ErrorObject } from 'ajv/dist/2020.js';
import { decodeFragment, pointerTokens } from '../../openapi/json-pointer.js';
import { isObject } from '../../openapi/plain-objects.js';
import type { JsonSchema } from '../../openapi/types.js';

/**
 * Findings without those of alternatives that nobody meant. Ajv tells what every alternative of an `anyOf` finds wrong,
 * then that none fits; of these the ones of the alternative that comes closest stay, or one finding for all. `root` is
 * the schema as it was compiled, which the findings refer to.
 */
export function withoutAlternatives(errors: ErrorObject[], root: JsonSchema): ErrorObject[] {
  const kept: ErrorObject[] = [];
  const parts: PartsOf = rememberParts(root);
  for (const error of errors) {
    if (error.keyword === 'if') continue;
    if (error.keyword !== 'anyOf') {
      kept.push(error);
      continue;
    }
    const start = kept.findLastIndex((other) => !isWithin(other, error)) + 1;
    kept.push(...closest(kept.splice(start), error, parts));
  }
  return kept;
}

function isWithin({ instancePath }: ErrorObject, union: ErrorObject): boolean {
  return instancePath === union.instancePath || instancePath.startsWith(`${union.instancePath}/`);
}

function closest(within: ErrorObject[], union: ErrorObject, partsOf: PartsOf): ErrorObject[] {
  const isOfOtherType = (error: ErrorObject) =>
    error.keyword === 'type' && error.instancePath === union.instancePath;
  const groups = groupByAlternative(within, union, partsOf);
  const fitting = groups.filter((group) => !group.some(isOfOtherType));
  const types = [...new Set(within.filter(isOfOtherType).flatMap(({ params }) => params.type))];
  if (fitting.length === 0) return [{ ...union, keyword: 'type', params: { type: types } }];
  const isScalarChoice = (error: ErrorObject | undefined) =>
    error !== undefined && isChoice(error) && error.instancePath === union.instancePath;
  if (fitting.every((group) => group.length === 1 && isScalarChoice(group[0]))) {
    const values = fitting.flatMap(([only]) => allowedValues(only));
    return [{ ...union, keyword: 'enum', params: { allowedValues: values, types } }];
  }
  const ranked = fitting
    .map((group) => ({ group, misses: missesOf(group, fitting) }))
    .sort((a, b) => a.misses - b.misses || a.group.length - b.group.length);
  const [best, second] = ranked;
  if (!best) return [union];
  if (!second || best.misses < second.misses) return best.group;
  const shared = sharedChoice(fitting);
  if (shared) return [shared];
  return best.group.length === 1 ? best.group : [union];
}

/** A choice that several alternatives miss tells them apart: the one that is meant is the one that does not miss it. */
function missesOf(group: ErrorObject[], groups: ErrorObject[][]): number {
  return group.filter(isChoice).reduce((sum, { instancePath }) => {
    const isThere = (error: ErrorObject) => isChoice(error) && error.instancePath === instancePath;
    return sum + groups.filter((other) => other.some(isThere)).length;
  }, 0);
}

function allowedValues(error: ErrorObject | undefined): unknown[] {
  return error?.params.allowedValues ?? [error?.params.allowedValue];
}

function isChoice({ keyword }: ErrorObject): boolean {
  return keyword === 'const' || keyword === 'enum';
}

/** Alternatives that all ask for another value at one place, such as a discriminator: any of these values would do. */
function sharedChoice(groups: ErrorObject[][]): ErrorObject | null {
  const [first] = groups[0]?.filter(isChoice) ?? [];
  if (!first) return null;
  const same = groups.map((group) =>
    group.filter((error) => isChoice(error) && error.instancePath === first.instancePath),
  );
  if (same.some((found) => found.length === 0)) return null;
  const values = same.flatMap(([found]) => allowedValues(found));
  return { ...first, keyword: 'enum', params: { allowedValues: [...new Set(values)] } };
}

/** Findings by the alternative that they belong to; one that could be of several belongs to what stood before it. */
function groupByAlternative(
  within: ErrorObject[],
  union: ErrorObject,
  partsOf: PartsOf,
): ErrorObject[][] {
  const alternatives = Array.isArray(union.schema) ? union.schema : [];
  const parts = alternatives.map(partsOf);
  const groups = new Map<number, ErrorObject[]>();
  let current = -1;
  for (const error of within) {
    const owners = parts.flatMap((part, index) => (part.has(error.parentSchema) ? [index] : []));
    const [only = current] = owners;
    if (owners.length === 1) current = only;
    const group = groups.get(current) ?? [];
    group.push(error);
    groups.set(current, group);
  }
  return [...groups.values()];
}

type PartsOf = (schema: unknown) => Set<unknown>;

function rememberParts(root: JsonSchema): PartsOf {
  const known = new Map<unknown, Set<unknown>>();
  return (schema) => {
    const parts = known.get(schema) ?? findParts(schema, root);
    known.set(schema, parts);
    return parts;
  };
}

/** Every schema that a value may come to be held against when it is held against this one. */
function findParts(schema: unknown, root: JsonSchema): Set<unknown> {
  const parts = new Set<unknown>();
  const pending = [schema];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    if (typeof next !== 'object' || next === null || parts.has(next)) continue;
    parts.add(next);
    if (isObject(next) && typeof next.$ref === 'string')
      pending.push(definitionOf(next.$ref, root));
    for (const member of Object.values(next)) pending.push(member);
  }
  return parts;
}

function definitionOf(ref: string, root: JsonSchema): unknown {
  const [holder, name] = pointerTokens(decodeFragment(ref.replace(/^#/, ''))) ?? [];
  return holder === '$defs' && name !== undefined && isObject(root.$defs)
    ? root.$defs[name]
    : undefined;
}
