/** The way from a skill over those that it depends on back to itself, it at both ends; null when there is none. */
export function findCycle(
  start: string,
  dependenciesOf: (name: string) => readonly string[],
): string[] | null {
  const cameFrom = new Map<string, string>();
  const pending = [start];
  for (let name = pending.shift(); name !== undefined; name = pending.shift()) {
    for (const next of dependenciesOf(name)) {
      if (next === start) return [...wayTo(name, cameFrom), start];
      if (cameFrom.has(next)) continue;
      cameFrom.set(next, name);
      pending.push(next);
    }
  }
  return null;
}

function wayTo(name: string, cameFrom: ReadonlyMap<string, string>): string[] {
  const way = [name];
  for (let at = cameFrom.get(name); at !== undefined; at = cameFrom.get(at)) way.unshift(at);
  return way;
}
