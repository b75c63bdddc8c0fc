import type { JsonSchema } from '../openapi/types.js';
import {
  follow,
  isSame,
  isSchema,
  list,
  pointerSegment,
  record,
  type Side,
  typesOf,
} from './schema-parts.js';

type Walk = { found: string[]; seen: Set<string>; ids: Map<unknown, number> };

const maxFindings = 20;

/**
 * Why values that the old schema took may be refused by the new one, one sentence each with a JSON pointer into the
 * values; empty when the new schema is the same or wider. What cannot be shown to be wider counts as narrower.
 * Both are JSON Schema 2020-12 with references into their own `$defs` only.
 */
export function diffSchemas(before: JsonSchema, after: JsonSchema): string[] {
  const walk: Walk = { found: [], seen: new Set(), ids: new Map() };
  compare({ schema: before, root: before }, { schema: after, root: after }, '', walk);
  return walk.found;
}

function compare(before: Side, after: Side, at: string, walk: Walk): void {
  if (walk.found.length >= maxFindings) return;
  const old = follow(before);
  const next = follow(after);
  const pair = `${idOf(old, walk)}:${idOf(next, walk)}`;
  if (walk.seen.has(pair)) return;
  walk.seen.add(pair);

  if (next === undefined || next === true || isEmpty(next)) return;
  if (next === false) {
    report(walk, at, 'takes no value any more');
    return;
  }
  if (!isSchema(old)) {
    report(walk, at, 'took any value and is restricted now');
    return;
  }
  if (!isSchema(next)) return;

  const sides = { old, next, before, after };
  compareTypes(sides, at, walk);
  compareEnums(sides, at, walk);
  compareBounds(sides, at, walk);
  compareObjects(sides, at, walk);
  compareArrays(sides, at, walk);
  compareCombinations(sides, at, walk);
}

type Sides = { old: JsonSchema; next: JsonSchema; before: Side; after: Side };

function compareTypes({ old, next }: Sides, at: string, walk: Walk): void {
  const allowed = typesOf(next);
  if (!allowed) return;
  const used = typesOf(old);
  if (!used) {
    report(walk, at, `took any type and takes only ${allowed.join(' or ')} now`);
    return;
  }
  const lost = used.filter(
    (type) => !allowed.includes(type) && !(type === 'integer' && allowed.includes('number')),
  );
  if (lost.length > 0)
    report(walk, at, `takes ${allowed.join(' or ')} now, not ${lost.join(' or ')}`);
}

function compareEnums({ old, next }: Sides, at: string, walk: Walk): void {
  const allowed = valuesOf(next);
  if (!allowed) return;
  const used = valuesOf(old);
  if (!used) {
    report(walk, at, 'takes only listed values now');
    return;
  }
  const lost = [...used].filter((value) => !allowed.has(value));
  if (lost.length > 0) report(walk, at, `does not take ${lost.slice(0, 5).join(', ')} any more`);
}

const lowerBounds = ['minimum', 'exclusiveMinimum', 'minLength', 'minItems', 'minProperties'];
const upperBounds = ['maximum', 'exclusiveMaximum', 'maxLength', 'maxItems', 'maxProperties'];
const exactKeywords = ['pattern', 'format', 'multipleOf', 'uniqueItems', 'contentMediaType'];

function compareBounds({ old, next }: Sides, at: string, walk: Walk): void {
  for (const keyword of lowerBounds) {
    const bound = next[keyword];
    if (typeof bound === 'number' && !(Number(old[keyword] ?? Number.NaN) >= bound)) {
      if (bound > 0 || keyword.endsWith('inimum')) report(walk, at, `${keyword} is ${bound} now`);
    }
  }
  for (const keyword of upperBounds) {
    const bound = next[keyword];
    if (typeof bound === 'number' && !(Number(old[keyword] ?? Number.NaN) <= bound)) {
      report(walk, at, `${keyword} is ${bound} now`);
    }
  }
  for (const keyword of exactKeywords) {
    const rule = next[keyword];
    if (rule !== undefined && rule !== false && !isSame(old[keyword], rule)) {
      report(walk, at, `${keyword} is ${JSON.stringify(rule)} now`);
    }
  }
}

function compareObjects({ old, next, before, after }: Sides, at: string, walk: Walk): void {
  const oldProperties = record(old.properties);
  const nextProperties = record(next.properties);
  const wasRequired = new Set(list(old.required));
  for (const name of list(next.required)) {
    if (!wasRequired.has(name)) report(walk, `${at}/${pointerSegment(name)}`, 'is required now');
  }
  for (const name of Object.keys(oldProperties)) {
    const place = `${at}/${pointerSegment(name)}`;
    const rule = Object.hasOwn(nextProperties, name)
      ? nextProperties[name]
      : next.additionalProperties;
    if (rule === false) report(walk, place, 'does not exist any more');
    else {
      compare(
        { schema: oldProperties[name], root: before.root },
        { schema: rule, root: after.root },
        place,
        walk,
      );
    }
  }
  if (old.additionalProperties !== false && next.additionalProperties === false) {
    report(walk, at, 'takes no further properties any more');
  }
  if (isSchema(old.additionalProperties) && isSchema(next.additionalProperties)) {
    compare(
      { schema: old.additionalProperties, root: before.root },
      { schema: next.additionalProperties, root: after.root },
      `${at}/*`,
      walk,
    );
  }
  if (next.dependentRequired && !isSame(old.dependentRequired, next.dependentRequired)) {
    report(walk, at, 'requires properties together in another way');
  }
}

function compareArrays({ old, next, before, after }: Sides, at: string, walk: Walk): void {
  if (next.items === undefined) return;
  compare(
    { schema: old.items, root: before.root },
    { schema: next.items, root: after.root },
    `${at}/*`,
    walk,
  );
}

function compareCombinations({ old, next, before, after }: Sides, at: string, walk: Walk): void {
  for (const keyword of ['anyOf', 'oneOf']) {
    const options = next[keyword];
    if (!Array.isArray(options)) continue;
    const was = Array.isArray(old[keyword]) ? old[keyword] : [old];
    const isCovered = was.every((option: unknown) =>
      options.some((candidate: unknown) => accepts(candidate, option, { before, after })),
    );
    if (!isCovered) report(walk, at, `${keyword} does not cover what it did`);
  }
  for (const keyword of ['allOf', 'not', 'if', 'prefixItems', 'patternProperties']) {
    if (next[keyword] !== undefined && !isSame(old[keyword], next[keyword])) {
      report(walk, at, `${keyword} is another now`);
    }
  }
}

function accepts(
  candidate: unknown,
  option: unknown,
  { before, after }: Pick<Sides, 'before' | 'after'>,
) {
  const walk: Walk = { found: [], seen: new Set(), ids: new Map() };
  compare({ schema: option, root: before.root }, { schema: candidate, root: after.root }, '', walk);
  return walk.found.length === 0;
}

function idOf(value: unknown, { ids }: Walk): number {
  if (!isSchema(value)) return -1 - ids.size;
  const id = ids.get(value) ?? ids.size;
  ids.set(value, id);
  return id;
}

function report({ found }: Walk, at: string, sentence: string): void {
  if (found.length < maxFindings) found.push(`${at || '/'} ${sentence}`);
}

const annotations = new Set([
  'description',
  'title',
  'default',
  'examples',
  'deprecated',
  'writeOnly',
  '$comment',
]);

function isEmpty(value: unknown): boolean {
  return isSchema(value) && Object.keys(value).every((key) => annotations.has(key));
}

function valuesOf(schema: JsonSchema): Set<string> | null {
  if ('const' in schema) return new Set([JSON.stringify(schema.const)]);
  if (!Array.isArray(schema.enum)) return null;
  return new Set(schema.enum.map((value) => JSON.stringify(value)));
}
