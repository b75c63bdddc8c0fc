import { rankInMemory } from '../agents/rank-tools.js';
import { serializeDocument, toSearchDocument } from '../catalog/search/search-document.js';
import type { ProxyTool } from './list-visible-tools.js';
import type { ProxyContext } from './proxy-context.js';

/** Tools are shared and frozen: what each is searched by is made once. */
const documents = new WeakMap<ProxyTool, string>();

/** Those of the tools that have something to do with the words, the best first, as `searchTools` ranks them. */
export async function rankTools<Tool extends ProxyTool>(
  _ctx: ProxyContext,
  tools: readonly Tool[],
  words: string,
): Promise<Tool[]> {
  const indexed = tools.map((tool) => ({ id: tool.id, fields: fieldsOf(tool), tool }));
  const { ranked } = await rankInMemory(indexed, words);
  return ranked.map((found) => found.tool.tool);
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
