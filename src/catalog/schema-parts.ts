import type { JsonSchema } from '../openapi/types.js';

/** A place in a schema and the schema that its references point into. */
export type Side = { schema: unknown; root: JsonSchema };

/** The schema behind references into `$defs`. */
export function follow({ schema, root }: Side): unknown {
  let current = schema;
  for (
    let hops = 0;
    hops < 50 && isSchema(current) && typeof current.$ref === 'string';
    hops += 1
  ) {
    const name = /^#\/\$defs\/(.+)$/.exec(current.$ref)?.[1];
    if (name === undefined) return current.$ref === '#' ? root : current;
    current = record(root.$defs)[name.replaceAll('~1', '/').replaceAll('~0', '~')];
  }
  return current;
}

export function isSchema(value: unknown): value is JsonSchema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Null = any type. */
export function typesOf(schema: JsonSchema): string[] | null {
  if (typeof schema.type === 'string') return [schema.type];
  return Array.isArray(schema.type) ? schema.type.map(String) : null;
}

export function record(value: unknown): Record<string, unknown> {
  return isSchema(value) ? value : {};
}

export function list(value: unknown): string[] {
  return Array.isArray(value) ? value.map(String) : [];
}

export function isSame(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

/** A key as a segment of a JSON pointer (RFC 6901). */
export function pointerSegment(name: string): string {
  return name.replaceAll('~', '~0').replaceAll('/', '~1');
}
