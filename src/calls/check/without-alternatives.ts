import type { ErrorObject } from 'ajv/dist/2020.js';
import { isObject } from '../../openapi/plain-objects.js';

/**
 * Findings without those of alternatives that nobody meant. Ajv tells what every alternative of an `anyOf` finds wrong,
 * then that none fits; of these the ones of the alternative that comes closest stay, or one finding for all.
 */
export function withoutAlternatives(errors: ErrorObject[]): ErrorObject[] {
  const kept: ErrorObject[] = [];
  for (const error of errors) {
    if (error.keyword === 'if') continue;
    if (error.keyword !== 'anyOf') {
      kept.push(error);
      continue;
    }
    const start = kept.findLastIndex((other) => !isWithin(other, error)) + 1;
    kept.push(...closest(kept.splice(start), error));
  }
  return kept;
}

function isWithin({ instancePath }: ErrorObject, union: ErrorObject): boolean {
  return instancePath === union.instancePath || instancePath.startsWith(`${union.instancePath}/`);
}

function closest(within: ErrorObject[], union: ErrorObject): ErrorObject[] {
  const isOfOtherType = (error: ErrorObject) =>
    error.keyword === 'type' && error.instancePath === union.instancePath;
  const groups = groupByAlternative(within, union);
  const fitting = groups.filter((group) => !group.some(isOfOtherType));
  if (fitting.length === 0) {
    const types = within.filter(isOfOtherType).flatMap(({ params }) => [params.type].flat());
    return [{ ...union, keyword: 'type', params: { type: [...new Set(types)] } }];
  }
  const ranked = fitting
    .map((group) => ({ group, misses: group.filter(isChoice).length }))
    .sort((a, b) => a.misses - b.misses || a.group.length - b.group.length);
  const [best, second] = ranked;
  if (!best) return [union];
  if (!second || best.misses < second.misses || best.group.length === 1) return best.group;
  return [sharedChoice(fitting) ?? union];
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
  const values = same.flatMap(
    ([found]) => found?.params.allowedValues ?? [found?.params.allowedValue],
  );
  return { ...first, keyword: 'enum', params: { allowedValues: [...new Set(values)] } };
}

/** Findings in the order in which they came; what a definition deeper down finds belongs to what stood before it. */
function groupByAlternative(within: ErrorObject[], union: ErrorObject): ErrorObject[][] {
  const alternatives = Array.isArray(union.schema) ? union.schema : [];
  const references = new Set(
    alternatives.map((alternative) => (isObject(alternative) ? alternative.$ref : undefined)),
  );
  const groups = new Map<string, ErrorObject[]>();
  let current = '';
  for (const error of within) {
    const { schemaPath } = error;
    const reference = schemaPath.split('/').slice(0, 3).join('/');
    const inline = schemaPath.startsWith(`${union.schemaPath}/`)
      ? schemaPath.slice(union.schemaPath.length + 1).split('/', 1)[0]
      : undefined;
    current = inline ?? (references.has(reference) || current === '' ? reference : current);
    const group = groups.get(current) ?? [];
    group.push(error);
    groups.set(current, group);
  }
  return [...groups.values()];
}
