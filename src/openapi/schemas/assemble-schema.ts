import { setOwn } from '../plain-objects.js';
import type { JsonSchema } from '../types.js';
import type { Definition, Fragment } from './convert-schema.js';
import {
  cutBelow,
  openSchema,
  type PruneLevel,
  referredNames,
  withLessProse,
} from './prune-schema.js';
import { schemaBytes } from './schema-text.js';

/** What was left out for size. */
export type Cut = 'none' | 'prose' | 'structure';

export type AssembledSchema = { schema: JsonSchema; cut: Cut };

/** Schemas by level without the prose that it leaves out; what two directions share is made once. */
export type PlainerSchemas = Record<PruneLevel, Map<JsonSchema, JsonSchema>>;

type Definitions = Record<string, JsonSchema>;
type Chosen = { definitions: Definitions; bytes: number; cut: Cut };

const openBytes = 72;
const defsBytes = 30;
const bucketBytes = 1024;
const rootCutDepths = [4, 2, 1, 0];

/**
 * Puts schemas and the definitions that they reach together within a budget of bytes. Over budget it shortens prose that
 * stands deep, then leaves it out, then leaves the definitions farthest from the root open, then what stands deep in the
 * root itself; a property of the root is never left out. One per direction: definitions and choices are shared.
 */
export class SchemaAssembler {
  readonly #maxBytes: number;
  readonly #assembled = new Map<JsonSchema, AssembledSchema>();
  readonly #whole = new Map<string, Chosen | null>();
  readonly #pruned = new Map<string, Chosen>();
  readonly #plainer: PlainerSchemas;

  constructor(maxBytes: number, plainer: PlainerSchemas) {
    this.#maxBytes = maxBytes;
    this.#plainer = plainer;
  }

  /** The same schema gives the same answer, so that tools that share one share its text too. */
  assemble(fragment: Fragment): AssembledSchema {
    let assembled = this.#assembled.get(fragment.schema);
    if (!assembled) {
      assembled = this.#assemble(fragment);
      this.#assembled.set(fragment.schema, assembled);
    }
    return assembled;
  }

  #assemble({ schema, refs }: Fragment): AssembledSchema {
    const whole = this.#wholeClosure(refs);
    if (whole && rootSize(schema) + whole.bytes <= this.#maxBytes) {
      return join(schema, whole, 'none');
    }
    return this.#withLessProse(schema, refs) ?? this.#cutRoot(this.#plainerRoot(schema, 2), refs);
  }

  /** The mildest level at which nothing but prose is left out, else level 2. Null when the root alone is too large. */
  #withLessProse(schema: JsonSchema, refs: readonly Definition[]): AssembledSchema | null {
    const plainest = this.#atLevel(schema, refs, 2);
    // What does not fit without prose does not fit with some either.
    if (plainest === null || plainest.cut === 'structure') return plainest;
    const milder = this.#atLevel(schema, refs, 1);
    return milder === null || milder.cut === 'structure' ? plainest : milder;
  }

  #atLevel(schema: JsonSchema, refs: readonly Definition[], level: PruneLevel) {
    const root = this.#plainerRoot(schema, level);
    const room = this.#maxBytes - rootSize(root);
    if (room < 0) return null;
    const chosen = this.#choose(refs, level, room);
    return join(root, chosen, chosen.cut);
  }

  #cutRoot(root: JsonSchema, refs: readonly Definition[]): AssembledSchema {
    let cut = root;
    for (const depth of rootCutDepths) {
      cut = mapRoot(root, (schema) => cutBelow(schema, depth));
      if (rootSize(cut) <= this.#maxBytes) break;
    }
    const named = referredNames(cut);
    const left = refs.filter(({ name }) => named.has(name));
    const room = Math.max(0, this.#maxBytes - rootSize(cut));
    return join(cut, this.#choose(left, 2, room), 'structure');
  }

  /** Every definition that `refs` reach, or null when they alone go beyond the budget. */
  #wholeClosure(refs: readonly Definition[]): Chosen | null {
    const key = keyOf(refs);
    const known = this.#whole.get(key);
    if (known !== undefined) return known;
    const chosen = this.#closure(refs);
    this.#whole.set(key, chosen);
    return chosen;
  }

  #closure(refs: readonly Definition[]): Chosen | null {
    const queue = [...refs];
    const seen = new Set(queue);
    let bytes = 0;
    for (const definition of queue) {
      bytes += schemaBytes(definition.schema) + definition.name.length + 4;
      if (bytes > this.#maxBytes) return null;
      for (const next of definition.refs) {
        if (seen.has(next)) continue;
        seen.add(next);
        queue.push(next);
      }
    }
    const definitions: Definitions = {};
    for (const { name, schema } of queue) definitions[name] = schema;
    return { definitions, bytes, cut: 'none' };
  }

  /** Definitions breadth first as long as there is room; those that do not fit are left open. */
  #choose(refs: readonly Definition[], level: PruneLevel, room: number): Chosen {
    const bucket = Math.floor(room / bucketBytes);
    const key = `${level} ${bucket} ${keyOf(refs)}`;
    const known = this.#pruned.get(key);
    if (known) return known;
    const budget = bucket * bucketBytes;
    const queue = [...refs];
    const seen = new Set(queue);
    const chosen: Chosen = { definitions: {}, bytes: 0, cut: 'prose' };
    for (const definition of queue) chosen.bytes += openSize(definition);
    for (const definition of queue) {
      const plain = this.#plainerSchema(definition.schema, level);
      const fresh = definition.refs.filter((next) => !seen.has(next));
      let reserve = 0;
      for (const next of fresh) reserve += openSize(next);
      const size = schemaBytes(plain) + definition.name.length + 4 - openSize(definition);
      if (chosen.bytes + size + reserve <= budget) {
        chosen.definitions[definition.name] = plain;
        chosen.bytes += size + reserve;
        for (const next of fresh) {
          seen.add(next);
          queue.push(next);
        }
      } else {
        chosen.definitions[definition.name] = openSchema(definition.schema);
        chosen.cut = 'structure';
        if (level === 1) break;
      }
    }
    this.#pruned.set(key, chosen);
    return chosen;
  }

  #plainerRoot(root: JsonSchema, level: PruneLevel): JsonSchema {
    return mapRoot(root, (schema) => this.#plainerSchema(schema, level));
  }

  #plainerSchema(schema: JsonSchema, level: PruneLevel): JsonSchema {
    const known = this.#plainer[level].get(schema);
    if (known) return known;
    const plain = withLessProse(schema, level);
    this.#plainer[level].set(schema, plain);
    return plain;
  }
}

function keyOf(refs: readonly Definition[]): string {
  let key = '';
  for (const { id } of refs) key += `${id},`;
  return key;
}

function openSize({ name }: Definition): number {
  return name.length + openBytes;
}

/** The properties of an object root keep their descriptions, so each of them counts as a schema of its own. */
function mapRoot(root: JsonSchema, replace: (schema: JsonSchema) => JsonSchema): JsonSchema {
  const { properties, ...rest } = root;
  if (typeof properties !== 'object' || properties === null) return replace(root);
  const mapped: Record<string, JsonSchema> = {};
  for (const [name, schema] of Object.entries(properties)) setOwn(mapped, name, replace(schema));
  const out: JsonSchema = {};
  for (const key in root) out[key] = key === 'properties' ? mapped : rest[key];
  return out;
}

/** Bytes of the root's text without definitions; a few too many rather than too few. */
function rootSize(root: JsonSchema): number {
  const { properties } = root;
  if (typeof properties !== 'object' || properties === null) return schemaBytes(root) + defsBytes;
  let bytes = defsBytes;
  for (const key in root) {
    if (key !== 'properties') bytes += key.length + 4 + valueBytes(root[key]);
  }
  const schemas = properties as Record<string, JsonSchema>;
  for (const name in schemas) {
    const schema = schemas[name];
    if (schema) bytes += 3 * name.length + 6 + schemaBytes(schema);
  }
  return bytes;
}

function valueBytes(value: unknown): number {
  return typeof value === 'boolean' ? 5 : Buffer.byteLength(JSON.stringify(value));
}

function join(schema: JsonSchema, { definitions }: Chosen, cut: Cut): AssembledSchema {
  return { schema: isEmpty(definitions) ? schema : { ...schema, $defs: definitions }, cut };
}

function isEmpty(definitions: Definitions): boolean {
  for (const _ in definitions) return false;
  return true;
}
