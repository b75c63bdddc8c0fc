import { createHash } from 'node:crypto';
import { isToolName } from '../lib/tool-name.js';
import { cleanName } from '../openapi/operations/name-tools.js';

/**
 * Safe names (`isToolName`) for what a server calls its tools, all different and none depending on the order: the name
 * itself where it is safe, else the cleaned one, with a suffix made of the name where that is not free. `taken` has the
 * names that tools of the server have already; they stay.
 */
export function nameServerTools(
  names: readonly string[],
  taken: ReadonlySet<string> = new Set(),
): Map<string, string> {
  const wanted = names.map((name) => ({ name, safe: toSafe(name) }));
  const counts = new Map<string, number>();
  for (const { safe } of wanted) counts.set(safe, (counts.get(safe) ?? 0) + 1);
  const exact = new Set(names.filter(isToolName));
  const isFree = (name: string, safe: string) =>
    !taken.has(safe) && (name === safe || (counts.get(safe) === 1 && !exact.has(safe)));
  return new Map(
    wanted.map(({ name, safe }) => [name, isFree(name, safe) ? safe : withSuffix(name, safe)]),
  );
}

function toSafe(name: string): string {
  if (isToolName(name)) return name;
  const cleaned = cleanName(name);
  if (cleaned === '') return withSuffix(name, 'tool');
  return cleaned.length <= 64 ? cleaned : withSuffix(name, cleaned);
}

function withSuffix(name: string, safe: string): string {
  const suffix = createHash('sha256').update(name).digest('hex').slice(0, 12);
  return `${safe.slice(0, 64 - 13)}_${suffix}`;
}
