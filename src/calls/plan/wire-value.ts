import { isObject } from '../../openapi/plain-objects.js';

/** A value as styles see it. */
export type WireValue =
  | { kind: 'nothing' }
  | { kind: 'text'; text: string }
  | { kind: 'list'; items: string[] }
  | { kind: 'map'; entries: [string, string][] };

const nothing: WireValue = { kind: 'nothing' };

/**
 * Members that are null are left out, and what has no member is not there (RFC 6570 section 2.3). Styles are defined for
 * members that are scalars: a list or object inside goes as JSON, and makes JSON of the whole where members are joined.
 */
export function toWireValue(value: unknown, { explode }: { explode: boolean }): WireValue {
  if (value === null || value === undefined) return nothing;
  if (!explode && hasStructure(value)) return { kind: 'text', text: JSON.stringify(value) };
  if (Array.isArray(value)) {
    const items = value.filter(isPresent).map(toWireText);
    return items.length === 0 ? nothing : { kind: 'list', items };
  }
  if (!isObject(value)) return { kind: 'text', text: String(value) };
  const entries = Object.entries(value)
    .filter(([, member]) => isPresent(member))
    .map(([key, member]): [string, string] => [key, toWireText(member)]);
  return entries.length === 0 ? nothing : { kind: 'map', entries };
}

function hasStructure(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return Object.values(value).some((member) => typeof member === 'object' && member !== null);
}

/** Text of a scalar; JSON of a list or an object. */
export function toWireText(value: unknown): string {
  return typeof value === 'object' && value !== null ? JSON.stringify(value) : String(value);
}

export function isPresent(value: unknown): boolean {
  return value !== null && value !== undefined;
}
