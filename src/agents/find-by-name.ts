/**
 * The tool that a name means: exactly, else with one `_` read as `:`, from left to right, as in older names
 * (`provider_tool`).
 */
export function findByName<Tool extends { name: string }>(
  tools: readonly Tool[],
  name: string,
): Tool | null {
  const byName = new Map(tools.map((tool) => [tool.name, tool]));
  const exact = byName.get(name);
  if (exact) return exact;
  for (const { index } of name.matchAll(/_/g)) {
    const older = byName.get(`${name.slice(0, index)}:${name.slice(index + 1)}`);
    if (older) return older;
  }
  return null;
}
