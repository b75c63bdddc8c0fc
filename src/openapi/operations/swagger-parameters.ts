import { childPointer } from '../json-pointer.js';
import type { RawObject } from '../plain-objects.js';
import type { ParameterStyle } from '../types.js';
import type { ParameterIn, ParameterRules } from './parameters.js';

const schemaKeywords = [
  'type',
  'format',
  'items',
  'default',
  'maximum',
  'exclusiveMaximum',
  'minimum',
  'exclusiveMinimum',
  'maxLength',
  'minLength',
  'pattern',
  'maxItems',
  'minItems',
  'uniqueItems',
  'enum',
  'multipleOf',
  'x-nullable',
];

export function isBodyParameter(raw: RawObject): boolean {
  return raw.in === 'body' || raw.in === 'formData';
}

/** The schema that a 2.0 parameter is itself ("Parameter Object": the fields of an Items Object stand in it directly). */
export function swaggerParameterSchema(raw: RawObject): RawObject {
  const schema: RawObject = {};
  for (const keyword of schemaKeywords) {
    if (raw[keyword] !== undefined) schema[keyword] = raw[keyword];
  }
  // `uniqueItems` says nothing of a value that is not a list; some generators write it everywhere.
  if (schema.type !== 'array') delete schema.uniqueItems;
  return schema;
}

/** How a list goes onto the wire under a 2.0 `collectionFormat`; `csv` where none is given. */
export function collectionStyle(
  format: unknown,
  where: ParameterIn | 'formData',
): { style: ParameterStyle; explode: boolean } {
  const isQuery = where === 'query' || where === 'formData';
  if (format === 'multi' && isQuery) return { style: 'form', explode: true };
  if (format === 'ssv') return { style: 'spaceDelimited', explode: false };
  if (format === 'tsv') return { style: 'tabDelimited', explode: false };
  if (format === 'pipes') return { style: 'pipeDelimited', explode: false };
  return { style: isQuery || where === 'cookie' ? 'form' : 'simple', explode: false };
}

const collectionFormats = new Set(['csv', 'ssv', 'tsv', 'pipes', 'multi']);

export const swaggerParameterRules: ParameterRules = {
  schema(raw, place) {
    // Some documents describe 2.0 parameters by a schema, as 3.x does.
    if (raw.type === undefined && raw.schema !== undefined) {
      return {
        raw: raw.schema,
        place: { file: place.file, pointer: childPointer(place.pointer, 'schema') },
      };
    }
    return { raw: swaggerParameterSchema(raw), place };
  },
  wire(raw, where, report) {
    const format = raw.collectionFormat;
    if (format !== undefined && !collectionFormats.has(String(format))) {
      const name = String(raw.name);
      report(
        `"collectionFormat" of parameter "${name}" is "${String(format)}"; expected csv, ssv, tsv, pipes or multi. "csv" is used.`,
      );
    }
    return { ...collectionStyle(format, where), allowReserved: false, contentType: null };
  },
};
