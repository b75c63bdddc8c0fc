import { hash } from 'node:crypto';

/** SHA-256, hex, of a JSON value; the same for any order of keys. */
export function digestArguments(value: unknown): string {
  const text = JSON.stringify(value ?? null, (_, part: unknown) =>
    typeof part === 'object' && part !== null && !Array.isArray(part) ? sorted(part) : part,
  );
  return hash('sha256', text);
}

function sorted(value: object): object {
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}
