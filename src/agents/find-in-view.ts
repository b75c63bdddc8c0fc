import { rankInMemory } from './rank-tools.js';
import type { SearchedTool } from './search-documents.queries.js';

type Listed = { id: string; name: string; description?: string | null | undefined };

/** Tools whose score is this share of the best one's belong to what was asked for. */
const leastShare = 0.35;

/**
 * The tools of a list that a text is about, the best first; behind them those that have the text itself, whatever the
 * case, in their name or description, in the order of the list.
 */
export async function findInView<Tool extends Listed>(
  tools: readonly Tool[],
  documents: readonly SearchedTool[],
  search: string,
): Promise<Tool[]> {
  const { ranked } = await rankInMemory(documents, search);
  const least = (ranked[0]?.score ?? 0) * leastShare;
  const byId = new Map(tools.map((tool) => [tool.id, tool]));
  const answering = ranked
    .filter(({ score }) => score >= least)
    .flatMap(({ tool }) => byId.get(tool.id) ?? []);
  const known = new Set(answering);
  return [...answering, ...tools.filter((tool) => !known.has(tool) && hasText(tool, search))];
}

function hasText({ name, description }: Listed, search: string): boolean {
  return `${name} ${description ?? ''}`.toLowerCase().includes(search.toLowerCase());
}
