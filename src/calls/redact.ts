import { isSecretName } from './redact-names.js';
import { createTextRedactor, redacted, type TextRedactor } from './redact-text.js';

/** What is deeper, or comes later, is left out. */
const maxDepth = 200;
const maxParts = 100_000;

/**
 * A copy of a JSON value without secrets: what stands under the name of a secret (`isSecretName`), also as
 * `{ name, value }` pairs; every known secret, also within longer texts, encoded, or in a key; and within texts the
 * user info and secret query parameters of URLs. Cycles, and what is too deep or too much, are replaced by a note.
 */
export function redact(value: unknown, secrets: readonly string[]): unknown {
  return redactWith(createTextRedactor(secrets), value);
}

/** `redact` by a redactor that is at hand. */
export function redactWith(text: TextRedactor, value: unknown): unknown {
  return copy(value, { text, byName: true, parents: new Set(), parts: 0 }, 0);
}

/**
 * A copy of a JSON value without known secrets; names alone hide nothing. For an upstream's answer, whose own `token`
 * an agent may need while a credential of ours that it repeats must not show.
 */
export function redactValues(value: unknown, secrets: readonly string[]): unknown {
  if (secrets.length === 0) return value;
  const text = createTextRedactor(secrets);
  return copy(value, { text, byName: false, parents: new Set(), parts: 0 }, 0);
}

type Walk = { text: TextRedactor; byName: boolean; parents: Set<object>; parts: number };

function copy(value: unknown, walk: Walk, depth: number): unknown {
  walk.parts += 1;
  if (walk.byName && walk.parts > maxParts) return '[too much]';
  if (typeof value === 'string')
    return walk.byName ? walk.text.inText(value) : walk.text.known(value);
  if (typeof value === 'bigint') return walk.text.known(String(value));
  if (typeof value !== 'object' || value === null) return value;
  if (depth > maxDepth) return '[too deep]';
  if (walk.parents.has(value)) return '[circular]';
  if (value instanceof Uint8Array) return `[${value.byteLength} bytes]`;
  if (value instanceof Date) return value.toJSON();
  walk.parents.add(value);
  const result = Array.isArray(value)
    ? value.map((part) => copy(part, walk, depth + 1))
    : copyMembers(value, walk, depth);
  walk.parents.delete(value);
  return result;
}

function copyMembers(value: object, walk: Walk, depth: number): Record<string, unknown> {
  const entries = Object.entries(value);
  const named = walk.byName ? nameOfPair(entries) : null;
  return Object.fromEntries(
    entries.map(([key, part]) => {
      const isSecret = walk.byName && (isSecretName(key) || (named !== null && key === 'value'));
      return [walk.text.known(key), isSecret ? hide(part) : copy(part, walk, depth + 1)];
    }),
  );
}

/** `{ name: 'Authorization', value: … }`, as headers are often written; null where it names no secret. */
function nameOfPair(entries: [string, unknown][]): string | null {
  const [, name] = entries.find(([key]) => key === 'name' || key === 'key') ?? [];
  const hasValue = entries.some(([key]) => key === 'value');
  return hasValue && typeof name === 'string' && isSecretName(name) ? name : null;
}

/** That there is nothing, or a yes or no, tells no secret and explains much. */
function hide(value: unknown): unknown {
  const isTelling =
    value !== null && value !== undefined && value !== '' && typeof value !== 'boolean';
  return isTelling ? redacted : value;
}
