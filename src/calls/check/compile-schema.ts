import { Ajv2020, type ErrorObject, type ValidateFunction } from 'ajv/dist/2020.js';
import { fullFormats } from 'ajv-formats/dist/formats.js';
import { isObject } from '../../openapi/plain-objects.js';
import type { JsonSchema } from '../../openapi/types.js';
import { boundedPattern } from './bounded-pattern.js';

export type CompiledSchema = {
  /** As it was compiled; the findings refer to its parts. */
  root: JsonSchema;
  isValid(value: unknown): boolean;
  /** What is wrong; every finding where the value is small, else the first. */
  findErrors(value: unknown): ErrorObject[];
};

/** Formats whose rules hold for what servers take under that name, and whose check takes linear time. All others annotate. */
const assertedFormats = [
  'date',
  'date-time',
  'ipv4',
  'uuid',
  'int32',
  'int64',
  'float',
  'double',
] as const;

const formats = Object.fromEntries(assertedFormats.map((name) => [name, fullFormats[name]]));
const maxExplainedNodes = 2_000;

/**
 * Compiles an input schema (JSON Schema 2020-12). Unknown keywords and formats annotate. `oneOf` is checked as `anyOf`:
 * documents often have alternatives that overlap, and which of several a value is meant to be is the server's to judge.
 */
export function compileSchema(schema: JsonSchema): CompiledSchema {
  const checked = withOneOfAsAnyOf(schema) as JsonSchema;
  const isValid = compile(checked, false);
  let explain: ValidateFunction | null = null;
  return {
    root: checked,
    isValid: (value) => isValid(value) === true,
    findErrors(value) {
      if (countNodes(value, maxExplainedNodes) > maxExplainedNodes) {
        isValid(value);
        return [...(isValid.errors ?? [])];
      }
      explain ??= compile(checked, true);
      explain(value);
      return [...(explain.errors ?? [])];
    },
  };
}

/** An instance per schema: Ajv keeps what it has compiled for as long as it lives. */
function compile(schema: JsonSchema, allErrors: boolean): ValidateFunction {
  const ajv = new Ajv2020({
    allErrors,
    verbose: true,
    strict: false,
    // `1e999` is read as Infinity, which JSON cannot say.
    strictNumbers: true,
    meta: false,
    validateSchema: false,
    addUsedSchema: false,
    ownProperties: true,
    logger: false,
    formats,
    // Both make code smaller at three times the cost of compiling it, which everybody waits for.
    inlineRefs: false,
    code: { optimize: false, regExp: Object.assign(boundedPattern, { code: 'boundedPattern' }) },
  });
  return ajv.compile(schema);
}

/** Keywords that hold schemas by name, and those that hold a schema or a list of them; all others hold data. */
const schemaMaps = new Set(['properties', 'patternProperties', '$defs', 'dependentSchemas']);
const schemaHolders = new Set([
  'additionalProperties',
  'allOf',
  'anyOf',
  'contains',
  'else',
  'if',
  'items',
  'not',
  'prefixItems',
  'propertyNames',
  'then',
  'unevaluatedItems',
  'unevaluatedProperties',
]);

function withOneOfAsAnyOf(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(withOneOfAsAnyOf);
  if (!isObject(schema)) return schema;
  const checked: JsonSchema = {};
  for (const [keyword, value] of Object.entries(schema)) {
    if (keyword === 'oneOf') continue;
    if (schemaHolders.has(keyword)) checked[keyword] = withOneOfAsAnyOf(value);
    else checked[keyword] = schemaMaps.has(keyword) && isObject(value) ? mapMembers(value) : value;
  }
  if (schema.oneOf === undefined) return checked;
  const alternatives = withOneOfAsAnyOf(schema.oneOf);
  if (checked.anyOf === undefined) return { ...checked, anyOf: alternatives };
  const others = Array.isArray(checked.allOf) ? checked.allOf : [];
  return { ...checked, allOf: [...others, { anyOf: alternatives }] };
}

function mapMembers(schemas: JsonSchema): JsonSchema {
  const entries = Object.entries(schemas);
  return Object.fromEntries(entries.map(([name, schema]) => [name, withOneOfAsAnyOf(schema)]));
}

/** Values in a value, itself included; stops when there are more than `limit`. */
function countNodes(value: unknown, limit: number): number {
  let count = 0;
  const pending = [value];
  while (pending.length > 0 && count <= limit) {
    const next = pending.pop();
    count += 1;
    if (typeof next === 'object' && next !== null) {
      for (const member of Object.values(next).slice(0, limit + 1)) pending.push(member);
    }
  }
  return count;
}
