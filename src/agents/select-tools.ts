import { decodeCursor } from '../lib/page.js';

export type ToolFilter = {
  /** Only tools with this text in their name or description, whatever the case. */
  search?: string | null | undefined;
  /** How many; null: all. */
  first: number | null;
  after?: string | null | undefined;
};

type Selectable = { id: string; name: string; description?: string | null | undefined };

/** Where in a list of `total` matching tools the `shown` ones begin. */
export type Selection<Tool> = { total: number; start: number; shown: Tool[] };

/** What of a view is asked for. Throws INVALID_INPUT for a cursor that is none. */
export function selectTools<Tool extends Selectable>(
  view: readonly Tool[],
  { search, first, after }: ToolFilter,
): Selection<Tool> {
  const found = search ? view.filter((tool) => isMatch(tool, search)) : view;
  const start = after ? findStart(found, after) : 0;
  const end = first === null ? found.length : start + first;
  return { total: found.length, start, shown: found.slice(start, end) };
}

function isMatch({ name, description }: Selectable, search: string): boolean {
  const text = `${name} ${description ?? ''}`.toLowerCase();
  return text.includes(search.toLowerCase());
}

/** A cursor names its tool; where that one has left the view meanwhile, its place stands in. */
function findStart(tools: readonly Selectable[], cursor: string): number {
  const [place, id] = decodeCursor(cursor, ['integer', 'uuid']);
  const index = tools.findIndex((tool) => tool.id === id);
  return index >= 0 ? index + 1 : Math.max(0, Number(place));
}
