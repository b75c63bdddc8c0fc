import { isObject } from '../plain-objects.js';
import { withoutReferences } from '../schemas/prune-schema.js';
import { schemaText } from '../schemas/schema-text.js';
import type { JsonSchema, ParameterDraft } from '../types.js';
import type { ToolInput } from './tool-input.js';

/** The inputs of tools as a person sees them. One per document: tools that have an input in common share its draft. */
export class ParameterDrafts {
  readonly #drafts = new Map<JsonSchema, Map<string, ParameterDraft>>();
  readonly #standalone = new Map<JsonSchema, JsonSchema>();

  /** With the schemas that a tool's (possibly pruned) input schema gives its inputs. */
  of(inputs: ToolInput[], inputSchema: JsonSchema): ParameterDraft[] {
    const properties = isObject(inputSchema.properties) ? inputSchema.properties : {};
    return inputs.map((input) => {
      const given = (properties[input.argument] ?? {}) as JsonSchema;
      const schema = input.fragment.refs.length === 0 ? given : this.#withoutReferences(given);
      return this.#draft(input, schema);
    });
  }

  #draft(input: ToolInput, schema: JsonSchema): ParameterDraft {
    const { argument, name, location, required, fragment } = input;
    const key = `${location} ${required} ${argument} ${name}`;
    let drafts = this.#drafts.get(fragment.schema);
    if (!drafts) {
      drafts = new Map();
      this.#drafts.set(fragment.schema, drafts);
    }
    const known = drafts.get(key);
    if (known && known.schema === schema) return known;
    const draft = draftOf(input, schema);
    drafts.set(key, draft);
    return draft;
  }

  #withoutReferences(schema: JsonSchema): JsonSchema {
    let known = this.#standalone.get(schema);
    if (!known) {
      known = schemaText(schema).includes('"$ref"') ? withoutReferences(schema) : schema;
      this.#standalone.set(schema, known);
    }
    return known;
  }
}

function draftOf(
  { argument, name, location, required, fragment }: ToolInput,
  schema: JsonSchema,
): ParameterDraft {
  const preset = fragment.schema.default;
  return {
    name,
    argument,
    type: typeOf(fragment.schema, fragment.refs),
    location,
    required,
    defaultValue: preset === undefined ? null : textOfDefault(preset),
    description: descriptionOf(fragment.schema, fragment.refs),
    schema,
  };
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
