import { describeValue } from '../plain-objects.js';
import type { ProblemCode } from '../problem-codes.js';

/** How the value of a schema keyword is read. Keywords that are not listed are dropped. */
export const keywordKinds = new Map<string, KeywordKind>();

export type KeywordKind =
  | 'text'
  | 'flag'
  | 'writeOnly'
  | 'any'
  | 'type'
  | 'enum'
  | 'count'
  | 'number'
  | 'pattern'
  | 'format'
  | 'required'
  | 'properties'
  | 'patternProperties'
  | 'schema'
  | 'schemaOrFlag'
  | 'schemaList'
  | 'schemaMap'
  | 'items'
  | 'stringLists'
  | 'dependencies';

const kinds: Record<KeywordKind, string[]> = {
  text: ['title', 'description', 'contentEncoding', 'contentMediaType'],
  flag: ['deprecated', 'uniqueItems'],
  writeOnly: ['writeOnly'],
  any: ['default', 'const'],
  type: ['type'],
  enum: ['enum'],
  count: [
    'minLength',
    'maxLength',
    'minItems',
    'maxItems',
    'minProperties',
    'maxProperties',
    'minContains',
    'maxContains',
  ],
  number: ['minimum', 'maximum', 'multipleOf', 'exclusiveMinimum', 'exclusiveMaximum'],
  pattern: ['pattern'],
  format: ['format'],
  required: ['required'],
  properties: ['properties'],
  patternProperties: ['patternProperties'],
  schema: ['not', 'if', 'then', 'else', 'contains', 'propertyNames', 'contentSchema'],
  schemaOrFlag: ['additionalProperties', 'unevaluatedProperties', 'unevaluatedItems'],
  schemaList: ['allOf', 'anyOf', 'oneOf', 'prefixItems'],
  schemaMap: ['dependentSchemas'],
  items: ['items'],
  stringLists: ['dependentRequired'],
  dependencies: ['dependencies'],
};
for (const [kind, names] of Object.entries(kinds)) {
  for (const name of names) keywordKinds.set(name, kind as KeywordKind);
}

/** Keywords that apply to the same instance as the schema they stand in. */
export const inPlaceKeywords = ['allOf', 'anyOf', 'oneOf'] as const;

/** Says what is wrong with a keyword of the schema under way. */
export type Report = (keyword: string, message: string, code?: ProblemCode) => void;

const jsonTypes = new Set(['array', 'boolean', 'integer', 'null', 'number', 'object', 'string']);

const typeAliases = new Map([
  ['int', 'integer'],
  ['int32', 'integer'],
  ['int64', 'integer'],
  ['long', 'integer'],
  ['float', 'number'],
  ['double', 'number'],
  ['decimal', 'number'],
  ['bool', 'boolean'],
  ['str', 'string'],
  ['text', 'string'],
  ['date', 'string'],
  ['datetime', 'string'],
  ['date-time', 'string'],
  ['uuid', 'string'],
  ['list', 'array'],
  ['dict', 'object'],
  ['map', 'object'],
]);

/** A `type` that 2020-12 knows, or undefined (any type) where the document's makes no sense. */
export function cleanType(value: unknown, report: Report): string | string[] | undefined {
  if (typeof value === 'string') return jsonTypes.has(value) ? value : oneType(value, report);
  if (Array.isArray(value)) {
    const types = value.map((item) => oneType(item, report)).filter((item) => item !== undefined);
    if (types.length < value.length || types.length === 0) return undefined;
    return types.length === 1 ? types[0] : [...new Set(types)];
  }
  return oneType(value, report);
}

function oneType(value: unknown, report: Report): string | undefined {
  if (typeof value === 'string' && jsonTypes.has(value)) return value;
  if (value === null) return 'null';
  const name = typeof value === 'string' ? value.toLowerCase() : '';
  const alias = jsonTypes.has(name) ? name : typeAliases.get(name);
  if (alias) {
    report('type', `"${String(value)}" is not a JSON type; "${alias}" is used.`, 'REPAIRED');
  } else if (name !== 'any') {
    report(
      'type',
      `"type" is ${describeValue(value)}; expected a JSON type. Any value is accepted.`,
    );
  }
  return alias;
}

/** The values of an `enum`, each once; undefined where there are none. */
export function cleanEnum(value: unknown, type: unknown, report: Report): unknown[] | undefined {
  if (!Array.isArray(value)) {
    if (['string', 'number', 'boolean'].includes(typeof value)) {
      report('enum', '"enum" is a single value; expected a list.', 'REPAIRED');
      return [value];
    }
    report('enum', `"enum" is ${describeValue(value)}; expected a list. It is not enforced.`);
    return undefined;
  }
  if (value.length === 0) {
    report('enum', '"enum" is an empty list, which no value fits. It is not enforced.');
    return undefined;
  }
  const values = [...new Set(value)];
  const fits = valueTest(type);
  if (!fits || values.some((item) => fits(item))) return values;
  const coerced = values.map((item) => coerce(item, type));
  if (!coerced.every((item) => item === null || fits(item))) return values;
  report(
    'enum',
    `The values of "enum" are not of type ${String(type)}; they are read as such.`,
    'REPAIRED',
  );
  return [...new Set(coerced)];
}

function valueTest(type: unknown): ((value: unknown) => boolean) | null {
  if (type === 'string') return (value) => typeof value === 'string';
  if (type === 'number') return (value) => typeof value === 'number';
  if (type === 'integer') return (value) => Number.isInteger(value);
  if (type === 'boolean') return (value) => typeof value === 'boolean';
  return null;
}

function coerce(value: unknown, type: unknown): unknown {
  if (type === 'string') return value === null || typeof value === 'object' ? value : String(value);
  if (type === 'boolean') return value === 'true' ? true : value === 'false' ? false : value;
  return typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
}

/** A number, also one that is written as a string. */
export function cleanNumber(keyword: string, value: unknown, report: Report): number | undefined {
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  const fits = typeof number === 'number' && Number.isFinite(number);
  if (fits && (keyword !== 'multipleOf' || number > 0)) return number;
  report(
    keyword,
    `"${keyword}" is ${describeValue(value)}; expected a number. It is not enforced.`,
  );
  return undefined;
}

/** A whole number of at least 0, also one that is written as a string. */
export function cleanCount(keyword: string, value: unknown, report: Report): number | undefined {
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  if (typeof number === 'number' && Number.isInteger(number) && number >= 0) return number;
  report(
    keyword,
    `"${keyword}" is ${describeValue(value)}; expected a whole number. It is not enforced.`,
  );
  return undefined;
}

const knownPatterns = new Map<string, string | null>();
const maxKnownPatterns = 5_000;

/**
 * The pattern as it compiles with the `u` flag, which JSON Schema validators use: escapes that only the older syntax
 * allows (`\-`, `\_`) are written without the backslash. Null when it is not a regular expression.
 */
export function cleanPattern(pattern: string): string | null {
  const known = knownPatterns.get(pattern);
  if (known !== undefined) return known;
  const cleaned = compiles(pattern) ? pattern : withoutIdleEscapes(pattern);
  if (knownPatterns.size >= maxKnownPatterns) knownPatterns.clear();
  knownPatterns.set(pattern, cleaned);
  return cleaned;
}

function withoutIdleEscapes(pattern: string): string | null {
  let inClass = false;
  const repaired = pattern.replace(/\\(.)|[[\]]/gsu, (match, escaped: string | undefined) => {
    if (escaped === undefined) {
      inClass = match === '[';
      return match;
    }
    if (/[\^$\\.*+?()[\]{}|/\w]/u.test(escaped) && escaped !== '_') return match;
    return escaped === '-' && inClass ? match : escaped;
  });
  return compiles(repaired) ? repaired : null;
}

function compiles(pattern: string): boolean {
  try {
    new RegExp(pattern, 'u');
    return true;
  } catch {
    return false;
  }
}
