import { describeValue, isObject, type RawObject, setOwn, stringsOf } from '../plain-objects.js';
import type { JsonSchema } from '../types.js';
import {
  cleanCount,
  cleanEnum,
  cleanNumber,
  cleanPattern,
  cleanType,
  keywordKinds,
  type Report,
} from './schema-keywords.js';

/** What the conversion of keywords needs of the converter around it. */
export type KeywordHost = {
  report: Report;
  /** Converts a schema that stands under `key` (and `item` in it); `inPlace` when it applies to the same instance. */
  child(
    raw: unknown,
    depth: number,
    inPlace: boolean,
    key: string,
    item?: string | number,
  ): JsonSchema;
  isExcluded(raw: unknown): boolean;
  /** Whether values that are written and never read are marked: in requests, since nobody may read them here either. */
  marksWriteOnly(): boolean;
};

type Work = {
  out: JsonSchema;
  raw: RawObject;
  depth: number;
  host: KeywordHost;
  /** Properties that are left out, and may therefore not be required. */
  dropped: ReadonlySet<string> | null;
};

/** Every keyword of a Schema Object that JSON Schema 2020-12 has, each in a shape that compiles. */
export function convertKeywords(
  raw: RawObject,
  depth: number,
  host: KeywordHost,
  dropped: ReadonlySet<string> | null,
): JsonSchema {
  const work: Work = { out: {}, raw, depth, host, dropped };
  for (const keyword in raw) {
    const value = raw[keyword];
    if (value !== undefined) convertKeyword(work, keyword, value);
  }
  return work.out;
}

function convertKeyword(work: Work, keyword: string, value: unknown): void {
  const { out, raw, depth, host } = work;
  switch (keywordKinds.get(keyword)) {
    case undefined:
      break;
    case 'text':
      if (typeof value === 'string') out[keyword] = value;
      break;
    case 'format':
      convertFormat(work, value);
      break;
    case 'flag':
      if (typeof value === 'boolean') out[keyword] = value;
      break;
    case 'writeOnly':
      if (value === true && host.marksWriteOnly()) out[keyword] = true;
      break;
    case 'any':
      out[keyword] = value;
      break;
    case 'type':
      assign(out, keyword, value === 'file' ? 'string' : cleanType(value, host.report));
      break;
    case 'enum':
      assign(out, keyword, cleanEnum(value, raw.type, host.report));
      break;
    case 'count':
      assign(out, keyword, cleanCount(keyword, value, host.report));
      break;
    case 'number':
      if (typeof value === 'boolean' && keyword.startsWith('exclusive')) break;
      assign(out, keyword, cleanNumber(keyword, value, host.report));
      break;
    case 'pattern':
      convertPattern(work, value);
      break;
    case 'required':
      convertRequired(work, value);
      break;
    case 'properties':
      convertProperties(work, value);
      break;
    case 'items':
      convertItems(work, value);
      break;
    case 'schema':
      out[keyword] = host.child(value, depth, false, keyword);
      break;
    case 'schemaOrFlag':
      out[keyword] = typeof value === 'boolean' ? value : host.child(value, depth, false, keyword);
      break;
    case 'schemaList':
      convertList(work, keyword, value);
      break;
    default:
      convertMap(work, keyword, value);
  }
}

function assign(out: JsonSchema, keyword: string, value: unknown): void {
  if (value !== undefined) out[keyword] = value;
}

function convertFormat({ out, host }: Work, value: unknown): void {
  if (typeof value === 'string') out.format = value;
  else host.report('format', `"format" is ${describeValue(value)}; expected a string.`);
}

function convertPattern({ out, host }: Work, value: unknown): void {
  const pattern = typeof value === 'string' ? cleanPattern(value) : null;
  if (pattern !== null) {
    out.pattern = pattern;
    return;
  }
  const shown = typeof value === 'string' ? JSON.stringify(value) : describeValue(value);
  const message = `"pattern" is ${shown}; expected a regular expression. It is not enforced.`;
  host.report('pattern', message, 'INVALID_PATTERN');
}

function convertRequired(work: Work, value: unknown): void {
  const { out, raw, host, dropped } = work;
  // Drafts before 4 mark a property itself as required: its parent takes that over.
  if (typeof value === 'boolean') return;
  if (!Array.isArray(value)) {
    host.report('required', `"required" is ${describeValue(value)}; expected a list of names.`);
    return;
  }
  const properties = isObject(raw.properties) ? raw.properties : null;
  const names = new Set(Array.isArray(out.required) ? out.required : []);
  for (const name of stringsOf(value)) {
    const isLeftOut =
      dropped?.has(name) ||
      (properties && Object.hasOwn(properties, name) && host.isExcluded(properties[name]));
    if (!isLeftOut) names.add(name);
  }
  if (names.size > 0) out.required = [...names];
}

function convertProperties({ out, depth, host }: Work, value: unknown): void {
  if (!isObject(value)) {
    host.report('properties', `"properties" is ${describeValue(value)}; expected an object.`);
    return;
  }
  const properties: Record<string, JsonSchema> = {};
  for (const name in value) {
    const property = value[name];
    if (isObject(property)) {
      if (host.isExcluded(property)) continue;
      if (property.required === true) requireAlso(out, name);
    }
    setOwn(properties, name, host.child(property, depth, false, 'properties', name));
  }
  out.properties = properties;
}

function requireAlso(out: JsonSchema, name: string): void {
  const required = Array.isArray(out.required) ? out.required : [];
  if (!required.includes(name)) out.required = [...required, name];
}

function convertItems(work: Work, value: unknown): void {
  const { out, raw, depth, host } = work;
  if (!Array.isArray(value)) {
    if (typeof value === 'boolean') out.items = value;
    else out.items = host.child(value, depth, false, 'items');
    return;
  }
  // Before 2020-12 a list of schemas described a tuple.
  if (value.length > 0) {
    out.prefixItems = value.map((item, index) => host.child(item, depth, false, 'items', index));
  }
  const rest = raw.additionalItems;
  if (typeof rest === 'boolean') out.items = rest;
  else if (isObject(rest)) out.items = host.child(rest, depth, false, 'additionalItems');
}

function convertList({ out, depth, host }: Work, keyword: string, value: unknown): void {
  if (!Array.isArray(value) || value.length === 0) {
    const what = Array.isArray(value) ? 'an empty list' : describeValue(value);
    host.report(keyword, `"${keyword}" is ${what}; expected a list of schemas. It is left out.`);
    return;
  }
  const inPlace = keyword !== 'prefixItems';
  out[keyword] = value.map((item, index) => host.child(item, depth, inPlace, keyword, index));
}

function convertMap({ out, depth, host }: Work, keyword: string, value: unknown): void {
  if (!isObject(value)) {
    host.report(keyword, `"${keyword}" is ${describeValue(value)}; expected an object.`);
    return;
  }
  const target: Record<string, unknown> = {};
  const schemas: Record<string, unknown> = {};
  for (const [name, item] of Object.entries(value)) {
    if (keyword === 'patternProperties') {
      const pattern = cleanPattern(name);
      const message = `The name ${JSON.stringify(name)} is not a regular expression.`;
      if (pattern === null) host.report(keyword, message, 'INVALID_PATTERN');
      else setOwn(target, pattern, host.child(item, depth, false, keyword, name));
    } else if (keyword === 'dependentSchemas' || isObject(item)) {
      setOwn(schemas, name, host.child(item, depth, false, keyword, name));
    } else {
      setOwn(target, name, [...new Set(stringsOf(item))]);
    }
  }
  if (keyword === 'patternProperties') out[keyword] = target;
  else if (Object.keys(target).length > 0) out.dependentRequired = target;
  if (Object.keys(schemas).length > 0) out.dependentSchemas = schemas;
}
