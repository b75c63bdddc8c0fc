import { decodeCursor, encodeCursor } from '../lib/page.js';

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

const byWordsMark = 'words';

/**
 * The cursor that follows a tool at a place. What was found by words alone goes on by words alone, whatever is to be had
 * by then: a list is in one order from its first page to its last.
 */
export function encodePlace(place: number, id: string, isByWords: boolean): string {
  return encodeCursor(isByWords ? [place, id, byWordsMark] : [place, id]);
}

/** Whether a cursor is of a list that was found by words alone. */
export function isOfWords(cursor: string | null | undefined): boolean {
  return cursor ? decodePlace(cursor)[2] === byWordsMark : false;
}

function decodePlace(cursor: string) {
  return decodeCursor(cursor, ['integer', 'uuid'], ['text']);
}

/** A cursor names its tool; where that one has left the view meanwhile, its place stands in. */
function findStart(tools: readonly Selectable[], cursor: string): number {
  const [place, id] = decodePlace(cursor);
  const index = tools.findIndex((tool) => tool.id === id);
  return index >= 0 ? index + 1 : Math.max(0, Number(place));
}
