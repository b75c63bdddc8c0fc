import type { EntityManager } from '@mikro-orm/postgresql';
import type { Context } from '../context.js';
import type { ViewReads } from './effective-tools.js';
import { findCloseOfList, openMeanings } from './meanings/find-close-tools.js';
import { fuseMeanings } from './meanings/fuse-meanings.js';
import type { OpenMeanings } from './meanings/meanings.js';
import { rankInMemory } from './rank-tools.js';
import type { SearchedTool } from './search-documents.queries.js';
import { isOfWords } from './select-tools.js';

type Listed = { id: string; name: string; description?: string | null | undefined };

/** Tools whose score is this share of the best one's belong to what was asked for. */
const leastShare = 0.35;

/** What a list that may be searched is read with; without the meanings it is searched by words alone. */
export type ListReads = ViewReads & Partial<Pick<Context, 'em' | 'meanings'>>;

/** What a list is searched by. */
export type ListSearch = { text: string; meanings: OpenMeanings | null };

/** Null: nothing is searched for. Not within a transaction. Throws INVALID_INPUT for a cursor that is none. */
export async function openListSearch(
  ctx: ListReads,
  { search, after }: { search: string | null; after?: string | null | undefined },
): Promise<ListSearch | null> {
  if (!search) return null;
  const { actor, em, meanings } = ctx;
  if (!em || !meanings || isOfWords(after)) return { text: search, meanings: null };
  const opened = await openMeanings({ em, actor, meanings }, meanings.ask(search));
  return { text: search, meanings: opened };
}

/** What a list that is searched is known by beside the catalog's revision: new vectors are no new revision. */
export function versionOf(search: ListSearch | null): string[] {
  return search?.meanings ? [search.meanings.version] : [];
}

/**
 * The tools of a list that a text is about, the best first; behind them those that have the text itself, whatever the
 * case, in their name or description, in the order of the list. With meanings, that ranking is fused with theirs.
 */
export async function findInView<Tool extends Listed>(
  em: EntityManager,
  {
    tools,
    documents,
    search: { text, meanings },
  }: { tools: readonly Tool[]; documents: readonly SearchedTool[]; search: ListSearch },
): Promise<Tool[]> {
  const { terms, ranked } = await rankInMemory(documents, text);
  const least = (ranked[0]?.score ?? 0) * leastShare;
  const byId = new Map(tools.map((tool) => [tool.id, tool]));
  const answering = ranked
    .filter(({ score }) => score >= least)
    .flatMap(({ tool }) => byId.get(tool.id) ?? []);
  const known = new Set(answering);
  const found = [...answering, ...tools.filter((tool) => !known.has(tool) && hasText(tool, text))];
  const byWords = { terms, ranked: found.map((tool) => ({ tool, score: 0, matches: [] })) };
  const close = await findCloseOfList(em, { tools, byWords, meanings });
  return fuseMeanings(byWords, close).ranked.map(({ tool }) => tool);
}

function hasText({ name, description }: Listed, search: string): boolean {
  return `${name} ${description ?? ''}`.toLowerCase().includes(search.toLowerCase());
}
