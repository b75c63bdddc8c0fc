import { isObject } from './plain-objects.js';
import { withoutReferences } from './prune-schema.js';
import { schemaText } from './schema-text.js';
import type { ToolInput } from './tool-input.js';
import type { JsonSchema, ParameterDraft } from './types.js';

const standalone = new WeakMap<JsonSchema, JsonSchema>();

/** The inputs of a tool as a person sees them, with the schemas that its (possibly pruned) input schema gives them. */
export function parameterDrafts(inputs: ToolInput[], inputSchema: JsonSchema): ParameterDraft[] {
  const properties = isObject(inputSchema.properties) ? inputSchema.properties : {};
  return inputs.map(({ argument, name, location, required, fragment }) => {
    const schema = (properties[argument] ?? {}) as JsonSchema;
    const preset = fragment.schema.default;
    return {
      name,
      argument,
      type: typeOf(fragment.schema, fragment.refs),
      location,
      required,
      defaultValue: preset === undefined ? null : textOfDefault(preset),
      description: descriptionOf(fragment.schema, fragment.refs),
      schema: fragment.refs.length === 0 ? schema : standaloneSchema(schema),
    };
  });
}

function standaloneSchema(schema: JsonSchema): JsonSchema {
  let known = standalone.get(schema);
  if (!known) {
    known = schemaText(schema).includes('"$ref"') ? withoutReferences(schema) : schema;
    standalone.set(schema, known);
  }
  return known;
}

function textOfDefault(preset: unknown): string {
  return typeof preset === 'string' ? preset : JSON.stringify(preset);
}

/** Its own description, else that of the definition that it refers to or of its first alternative. */
function descriptionOf(schema: JsonSchema, refs: ToolInput['fragment']['refs']): string | null {
  if (typeof schema.description === 'string') return schema.description;
  const definition = refs.find(({ name }) => schema.$ref === `#/$defs/${name}`);
  const list = schema.anyOf ?? schema.oneOf;
  const first = Array.isArray(list) ? list[0] : undefined;
  const described = definition?.schema ?? (isObject(first) ? first : {});
  return typeof described.description === 'string' ? described.description : null;
}

function typeOf(schema: JsonSchema, refs: ToolInput['fragment']['refs'], depth = 0): string {
  const { type } = schema;
  if (typeof type === 'string') return type;
  if (Array.isArray(type)) return type.find((name) => name !== 'null') ?? 'any';
  if (schema.properties !== undefined) return 'object';
  if (Array.isArray(schema.enum) && schema.enum.every((value) => typeof value === 'string')) {
    return 'string';
  }
  if (depth > 3) return 'any';
  const definition = refs.find(({ name }) => schema.$ref === `#/$defs/${name}`);
  if (definition) return typeOf(definition.schema, definition.refs, depth + 1);
  for (const list of [schema.anyOf, schema.oneOf]) {
    if (!Array.isArray(list)) continue;
    const found = new Set(list.map((item: JsonSchema) => typeOf(item, refs, depth + 1)));
    found.delete('null');
    const [only] = found;
    return found.size === 1 && only !== undefined ? only : 'any';
  }
  if (!Array.isArray(schema.allOf)) return 'any';
  const parts = schema.allOf.map((item: JsonSchema) => typeOf(item, refs, depth + 1));
  return parts.find((name) => name !== 'any') ?? 'any';
}
