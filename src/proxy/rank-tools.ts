import { findCloseOfList, openMeanings } from '../agents/meanings/find-close-tools.js';
import { fuseMeanings } from '../agents/meanings/fuse-meanings.js';
import type { OpenMeanings } from '../agents/meanings/meanings.js';
import { rankInMemory } from '../agents/rank-tools.js';
import { serializeDocument, toSearchDocument } from '../catalog/search/search-document.js';
import type { ProxyTool } from './list-visible-tools.js';
import type { ProxyContext } from './proxy-context.js';

/** Models forget what is beyond, and servers refuse it. */
const maxQuestionChars = 2000;

/** Tools are shared and frozen: what each is searched by is made once. */
const documents = new WeakMap<ProxyTool, string>();

/** The meaning of a question; null where words alone answer it. */
export function openQuestion(ctx: ProxyContext, words: string): Promise<OpenMeanings | null> {
  return openMeanings(ctx, ctx.meanings?.ask(words.slice(0, maxQuestionChars)) ?? null);
}

/**
 * Those of the tools that have something to do with the words or their meaning, the best first, as `searchTools` ranks
 * them.
 */
export async function rankTools<Tool extends ProxyTool>(
  { em }: Pick<ProxyContext, 'em'>,
  {
    tools,
    words,
    meanings,
  }: { tools: readonly Tool[]; words: string; meanings: OpenMeanings | null },
): Promise<Tool[]> {
  const indexed = tools.map((tool) => ({ id: tool.id, fields: fieldsOf(tool), tool }));
  const byWords = await rankInMemory(indexed, words);
  const close = await findCloseOfList(em, { tools: indexed, byWords, meanings });
  return fuseMeanings(byWords, close).ranked.map((found) => found.tool.tool);
}

function fieldsOf(tool: ProxyTool): string {
  const known = documents.get(tool);
  if (known !== undefined) return known;
  const { name, provider, description, tags, method, path } = tool;
  const document = toSearchDocument({
    name: name.slice(name.indexOf(':') + 1),
    title: null,
    ...{ description, method, path, tags },
    sourceName: provider,
    parameters: [],
  });
  const fields = serializeDocument(document);
  documents.set(tool, fields);
  return fields;
}
