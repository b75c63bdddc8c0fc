import { createHash } from 'node:crypto';
import { z } from 'zod';
import { requireScope } from '../access/require-scope.js';
import { type Actor, scopes } from '../context.js';
import { parseInput } from '../lib/parse-input.js';
import { AgentIdInput } from './agent-id.js';
import type { Snapshot } from './agent-views.js';
import { effectiveTools } from './effective-tools.js';
import {
  findInView,
  type ListReads,
  type ListSearch,
  openListSearch,
  versionOf,
} from './find-in-view.js';
import { assignedMcpToolNames } from './mcp-tool-names.queries.js';
import type { AgentEndpointTool } from './read-endpoint-tools.js';
import { type AgentMcpTool, inView, readServedTools } from './read-served-tools.js';
import { withDocuments } from './search-documents.queries.js';
import { encodePlace, selectTools } from './select-tools.js';

const chunkSize = 500;
/** Where a list without `first` ends all the same. */
const maxListLength = 50_000;

export const RenderAgentToolsInput = z.object({
  agentId: AgentIdInput,
  search: z.string().max(2000).nullish(),
  /** Absent: all of them. */
  first: z.number().int().min(1).max(maxListLength).nullish(),
  after: z.string().max(2000).nullish(),
});
export type RenderAgentToolsInput = z.input<typeof RenderAgentToolsInput>;

/** How a transport writes tools. Two with the same name must write the same. */
export type ToolRenderer = {
  name: string;
  tool(tool: AgentEndpointTool): string;
  /** Absent: MCP tools are not in the list. */
  mcpTool?(tool: AgentMcpTool): string;
  /** `mcpTools`: the names of the assigned MCP tools, see `listMcpToolNames`. */
  list(
    agentId: string,
    revision: string,
    tools: readonly string[],
    mcpTools: readonly string[],
  ): string;
};

/** An answer that is ready to be sent. */
export type RenderedTools = {
  readonly bytes: Buffer;
  /** SHA-256 of the bytes, in base64url. */
  readonly digest: string;
  /** The cursor that the rest follows; null at the end of the list. */
  readonly next: string | null;
};

/**
 * The tools that an agent may list and call as the bytes that a transport sends: written once for each
 * revision, all of it of that one revision.
 */
export async function renderAgentTools(
  ctx: ListReads,
  raw: RenderAgentToolsInput,
  renderer: ToolRenderer,
): Promise<RenderedTools> {
  const { actor, views } = ctx;
  requireScope(actor, scopes.read);
  const { agentId, first, after } = raw;
  const search = raw.search ? await openSearch(ctx, raw) : null;
  const name = [raw.search || null, first ?? null, after || null, ...versionOf(search)];
  const part = `${renderer.name}\n${agentId}\n${JSON.stringify(name)}`;
  const found = await views.recall(actor.tenant, [part], async (snapshot) => {
    const input = { ...parseInput(RenderAgentToolsInput, raw), search };
    return new Map([[part, await render(snapshot, actor, input, renderer)]]);
  });
  const rendered = found.get(part);
  if (!rendered) throw new Error('A list that was asked for was not rendered.');
  return rendered.value;
}

function openSearch(ctx: ListReads, raw: RenderAgentToolsInput): Promise<ListSearch | null> {
  const { search, after } = parseInput(RenderAgentToolsInput, raw);
  return openListSearch(ctx, { search: search ?? null, after });
}

type Wanted = Omit<z.output<typeof RenderAgentToolsInput>, 'search'> & {
  search: ListSearch | null;
};

async function render(
  { em, version }: Snapshot,
  actor: Actor,
  { agentId, search, first, after }: Wanted,
  renderer: ToolRenderer,
): Promise<RenderedTools> {
  const view = (await effectiveTools(em, actor.tenant, [agentId])).get(agentId);
  const tools = view?.tools ?? [];
  const listed = renderer.mcpTool ? tools : tools.filter(({ kind }) => kind === 'ENDPOINT');
  const found = search
    ? await findInView(em, {
        ...{ tools: listed, search },
        documents: await withDocuments(em, actor.tenant, listed),
      })
    : listed;
  const { total, start, shown } = selectTools(found, { first: first ?? maxListLength, after });
  const texts: string[] = [];
  for (let from = 0; from < shown.length; from += chunkSize) {
    const chunk = shown.slice(from, from + chunkSize);
    for (const tool of inView(chunk, await readServedTools({ em, actor }, chunk))) {
      const text = tool.kind === 'MCP' ? renderer.mcpTool?.(tool) : renderer.tool(tool);
      if (text !== undefined) texts.push(text);
    }
  }
  const names = view?.assignedMcpTools.length
    ? await assignedMcpToolNames(em, actor.tenant, [agentId])
    : new Map<string, string[]>();
  const list = renderer.list(agentId, String(version.revision), texts, names.get(agentId) ?? []);
  const bytes = Buffer.from(list);
  const last = shown.at(-1);
  const end = start + shown.length;
  const isByWords = search !== null && search.meanings === null;
  return {
    bytes,
    digest: createHash('sha256').update(bytes).digest('base64url'),
    next: last && end < total ? encodePlace(end - 1, last.id, isByWords) : null,
  };
}
