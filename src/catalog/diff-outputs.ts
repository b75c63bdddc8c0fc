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

/**
 * What readers of an answer lose, one sentence each with a JSON pointer into the answer: fields that are gone, may be
 * missing now, or have another type. Fields that are new break nobody.
 */
export function diffOutputs(before: JsonSchema | null, after: JsonSchema | null): string[] {
  if (!before) return [];
  if (!after) return ['/ is not described any more'];
  const found: string[] = [];
  lost({ schema: before, root: before }, { schema: after, root: after }, '', found, new Set());
  return found;
}

function lost(before: Side, after: Side, at: string, found: string[], seen: Set<unknown>): void {
  const old = follow(before);
  const next = follow(after);
  if (!isSchema(old) || seen.has(old) || found.length >= 20) return;
  seen.add(old);
  if (!isSchema(next)) return;
  if (!isSame(typesOf(old), typesOf(next))) {
    found.push(`${at || '/'} has another type`);
    return;
  }
  const fields = record(next.properties);
  const required = new Set(list(next.required));
  const wasRequired = new Set(list(old.required));
  for (const [name, schema] of Object.entries(record(old.properties))) {
    const place = `${at}/${pointerSegment(name)}`;
    if (!Object.hasOwn(fields, name)) {
      found.push(`${place} does not exist any more`);
      continue;
    }
    if (wasRequired.has(name) && !required.has(name)) found.push(`${place} may be missing now`);
    lost(
      { schema, root: before.root },
      { schema: fields[name], root: after.root },
      place,
      found,
      seen,
    );
  }
  const items = { schema: old.items, root: before.root };
  lost(items, { schema: next.items, root: after.root }, `${at}/*`, found, seen);
}
