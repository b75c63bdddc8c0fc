import { decodeCursor } from '../lib/page.js';

export type ToolFilter = {
  /** How many; null: all. */
  first: number | null;
  after?: string | null | undefined;
};

type Selectable = { id: string };

/** Where in a list of `total` tools the `shown` ones begin. */
export type Selection<Tool> = { total: number; start: number; shown: Tool[] };

/** What of a view is asked for. Throws INVALID_INPUT for a cursor that is none. */
export function selectTools<Tool extends Selectable>(
  view: readonly Tool[],
  { first, after }: ToolFilter,
): Selection<Tool> {
  const start = after ? findStart(view, after) : 0;
  const end = first === null ? view.length : start + first;
  return { total: view.length, start, shown: view.slice(start, end) };
}

/** A cursor names its tool; where that one has left the view meanwhile, its place stands in. */
function findStart(tools: readonly Selectable[], cursor: string): number {
  const [place, id] = decodeCursor(cursor, ['integer', 'uuid']);
  const index = tools.findIndex((tool) => tool.id === id);
  return index >= 0 ? index + 1 : Math.max(0, Number(place));
}
