import type { IndexedTool } from '../catalog/search/memory-index.js';
import { memoryIndexOf } from '../catalog/search/memory-index.js';
import { parseQuery } from '../catalog/search/parse-query.js';
import {
  indexStems,
  rankDocument,
  type TermMatch,
  type WeighedTerm,
} from '../catalog/search/rank-document.js';
import { weighTerms } from '../catalog/search/weigh-terms.js';

/** A tool with how well it answers, above 0, and what of the question was found where. */
export type Ranked<Tool> = { tool: Tool; score: number; matches: TermMatch[] };

export type RankedTools<Tool> = { terms: readonly WeighedTerm[]; ranked: Ranked<Tool>[] };

/** The tools that answer in any way, the best first; those that are alike in the order of their ids. */
export function rankTools<Tool extends IndexedTool>(
  tools: readonly Tool[],
  terms: readonly WeighedTerm[],
): Ranked<Tool>[] {
  const stems = indexStems(terms);
  return tools
    .map((tool) => ({ tool, ...rankDocument(terms, stems, tool.fields) }))
    .filter(({ score }) => score > 0)
    .sort(byScore);
}

/** The same for a list that stays as it is, of which only what has any of the words is looked at. */
export async function rankInMemory<Tool extends IndexedTool>(
  tools: readonly Tool[],
  query: string,
): Promise<RankedTools<Tool>> {
  const index = memoryIndexOf(tools);
  const terms = await weighTerms(parseQuery(query), index.vocabulary);
  const stems = indexStems(terms);
  const ranked: Ranked<Tool>[] = [];
  for (const place of index.placesOf(stems.standing.keys())) {
    const tool = tools[place];
    if (!tool) continue;
    const ranking = rankDocument(terms, stems, tool.fields);
    if (ranking.score > 0) ranked.push({ tool, ...ranking });
  }
  return { terms, ranked: ranked.sort(byScore) };
}

function byScore(a: Ranked<IndexedTool>, b: Ranked<IndexedTool>): number {
  return b.score - a.score || (a.tool.id < b.tool.id ? -1 : 1);
}
