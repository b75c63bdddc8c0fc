import { isObject } from '../../openapi/plain-objects.js';

/** A value as styles see it. Members that are null are left out, and what has no member is not there (RFC 6570 section 2.3). */
export type WireValue =
  | { kind: 'nothing' }
  | { kind: 'text'; text: string }
  | { kind: 'list'; items: string[] }
  | { kind: 'map'; entries: [string, string][] };

const nothing: WireValue = { kind: 'nothing' };

export function toWireValue(value: unknown): WireValue {
  if (value === null || value === undefined) return nothing;
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

/** Text of one member; lists and objects inside a list or object have no form of their own and go as JSON. */
export function toWireText(value: unknown): string {
  return typeof value === 'object' && value !== null ? JSON.stringify(value) : String(value);
}

export function isPresent(value: unknown): boolean {
  return value !== null && value !== undefined;
}
