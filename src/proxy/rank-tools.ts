import { effectiveTools } from '../agents/effective-tools.js';
import { rankInMemory } from '../agents/rank-tools.js';
import { type SearchedTool, withDocuments } from '../agents/search-documents.queries.js';
import { serializeDocument, toSearchDocument } from '../catalog/search/search-document.js';
import { builtInTools } from './built-in-tools.js';
import type { BuiltInTool, ProxyTool } from './list-visible-tools.js';
import type { ProxyContext } from './proxy-context.js';

type Searchable = Pick<ProxyTool, 'id' | 'name' | 'description' | 'tags'>;

/** Tools whose score is this share of the best one's belong to what was asked for. */
const leastShare = 0.35;
const maxWords = 2000;

/**
 * Those of the tools that words are about, the best first; behind them those that have the text itself in name,
 * description or a tag.
 */
export async function rankTools<Tool extends Searchable>(
  ctx: Pick<ProxyContext, 'actor' | 'views' | 'caller'>,
  tools: readonly Tool[],
  words: string,
): Promise<Tool[]> {
  const documents = await readDocuments(ctx);
  const { ranked } = await rankInMemory(documents, words.slice(0, maxWords));
  const byId = new Map(tools.map((tool) => [tool.id, tool]));
  // What the caller does not see decides nothing.
  const seen = ranked.flatMap(({ tool: { id }, score }) => {
    const tool = byId.get(id);
    return tool ? [{ tool, score }] : [];
  });
  const least = (seen[0]?.score ?? 0) * leastShare;
  const found = seen.filter(({ score }) => score >= least).map(({ tool }) => tool);
  const known = new Set(found);
  return [...found, ...tools.filter((tool) => !known.has(tool) && hasText(tool, words))];
}

/** What the agent's tools and those of the proxy are searched by, remembered with the agent's view. */
async function readDocuments({
  actor,
  views,
  caller,
}: Pick<ProxyContext, 'actor' | 'views' | 'caller'>): Promise<readonly SearchedTool[]> {
  const { agentId } = caller;
  const part = `provided-search\n${agentId}`;
  const found = await views.recall(actor.tenant, [part], async ({ em }) => {
    const view = (await effectiveTools(em, actor.tenant, [agentId])).get(agentId)?.tools ?? [];
    const documents = await withDocuments(em, actor.tenant, view);
    return new Map([[part, [...documents, ...builtInDocuments]]]);
  });
  return found.get(part)?.value ?? [];
}

const builtInDocuments: SearchedTool[] = builtInTools.map(toDocument);

function toDocument(tool: BuiltInTool): SearchedTool {
  const { id, name, description, tags, inputSchema } = tool;
  const document = toSearchDocument({
    ...{ name, description, tags, title: null, method: null, path: null },
    sourceName: tool.provider,
    parameters: Object.keys((inputSchema.properties as object | undefined) ?? {}),
  });
  return { id, name, kind: 'LOCAL', fields: serializeDocument(document), tokens: 0 };
}

function hasText({ name, description, tags }: Searchable, words: string): boolean {
  const text = words.trim().toLowerCase();
  return [name, description, ...tags].some((part) => part.toLowerCase().includes(text));
}
