/**
 * A JSON value as RFC 8785 (JSON Canonicalization Scheme) writes it: no white space, members by the UTF-16 code units of their
 * names, numbers and texts as JavaScript writes them. Members that JSON has not (`undefined`) are left out.
 */
export function toCanonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(toCanonicalJson).join()}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value ?? null);
  const members = Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .map(([name, member]) => `${JSON.stringify(name)}:${toCanonicalJson(member)}`);
  return `{${members.join()}}`;
}
