import { z } from 'zod';
import { requireScope } from '../access/require-scope.js';
import { scopes } from '../context.js';
import { decodeCursor, encodeCursor } from '../lib/page.js';
import { parseInput } from '../lib/parse-input.js';
import { listVisibleTools, type ProxyTool } from './list-visible-tools.js';
import type { ProxyContext } from './proxy-context.js';
import { openQuestion, rankTools } from './rank-tools.js';

export const SearchVisibleToolsInput = z.object({
  /** The slug of an API or MCP server. */
  provider: z.string().max(200).nullish(),
  /** Words; the tools that fit best come first. */
  search: z.string().max(1000).nullish(),
  /** Absent: all. */
  limit: z.coerce.number().int().min(1).max(10_000).nullish(),
  cursor: z.string().max(200).nullish(),
});
export type SearchVisibleToolsInput = z.input<typeof SearchVisibleToolsInput>;

export type FoundTools = {
  tools: ProxyTool[];
  /** What the rest follows; null at the end. */
  next: string | null;
};

const byWordsMark = 'words';

/** The caller's tools, in the order of the view or, with `search`, the best first. */
export async function searchVisibleTools(
  ctx: ProxyContext,
  raw: SearchVisibleToolsInput,
): Promise<FoundTools> {
  requireScope(ctx.actor, scopes.read);
  const { provider, search, limit, cursor } = parseInput(SearchVisibleToolsInput, raw);
  const [place, mark] = cursor ? decodeCursor(cursor, ['integer'], ['text']) : [0];
  const start = Math.max(0, Number(place));
  const visible = await listVisibleTools(ctx);
  const ofProvider = provider ? visible.filter((tool) => tool.provider === provider) : visible;
  const words = search?.trim() ?? '';
  // A list that began by words alone goes on by them.
  const meanings = words && mark !== byWordsMark ? await openQuestion(ctx, words) : null;
  const found = words ? await rankTools(ctx, { tools: ofProvider, words, meanings }) : ofProvider;
  const end = limit ? start + limit : found.length;
  return {
    tools: found.slice(start, end),
    next: end < found.length ? encodeCursor(meanings || !words ? [end] : [end, byWordsMark]) : null,
  };
}
