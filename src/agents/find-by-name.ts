/** No tool has a longer name: a slug, a suffix and the tool's own. */
const maxLength = 200;

/**
 * The tool that a name means: exactly, else with one `_` read as `:`, from left to right, as in older names
 * (`provider_tool`).
 */
export function findByName<Tool extends { name: string }>(
  tools: readonly Tool[],
  name: string,
): Tool | null {
  if (name.length > maxLength) return null;
  const byName = new Map(tools.map((tool) => [tool.name, tool]));
  const exact = byName.get(name);
  if (exact) return exact;
  for (const { index } of name.matchAll(/_/g)) {
    const older = byName.get(`${name.slice(0, index)}:${name.slice(index + 1)}`);
    if (older) return older;
  }
  return null;
}
