import { createHash } from 'node:crypto';

/** A tool before it has its name in an agent's view. */
export type Nameable = { id: string; name: string };

/**
 * Gives every tool of a view a name of its own. The first in the list keeps its name, a later one with the same name
 * gets a suffix made from its id, so that a name never depends on what else changes around it.
 */
export function nameTools<T extends Nameable>(
  tools: readonly T[],
  reserved: Iterable<string> = [],
): T[] {
  const taken = new Set(reserved);
  const wanted = new Set(tools.map(({ name }) => name));
  return tools.map((tool) => {
    let name = tool.name;
    for (let length = 8; taken.has(name) || (name !== tool.name && wanted.has(name)); length += 4) {
      const suffix = createHash('sha256').update(tool.id).digest('hex').slice(0, length);
      name = `${tool.name.slice(0, 63 - length)}_${suffix}`;
    }
    taken.add(name);
    return { ...tool, name };
  });
}
