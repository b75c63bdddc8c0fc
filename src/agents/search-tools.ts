import { z } from 'zod';
import { requireScope } from '../access/require-scope.js';
import { type EndpointRow, endpointsByIds } from '../catalog/catalog.queries.js';
import { parseQuery } from '../catalog/search/parse-query.js';
import { storedVocabulary } from '../catalog/search/stored-vocabulary.js';
import { weighTerms } from '../catalog/search/weigh-terms.js';
import { type Context, scopes } from '../context.js';
import { parseInput } from '../lib/parse-input.js';
import { readLocalTools } from '../local-tools/list-local-tools.js';
import { type McpToolRow, mcpToolsByIds } from '../mcp-servers/mcp-tools.queries.js';
import { AgentIdInput } from './agent-id.js';
import { describeMatches } from './describe-matches.js';
import { effectiveTools } from './effective-tools.js';
import { findCandidates } from './find-candidates.js';
import type { AgentLocalTool } from './list-agent-tools.js';
import {
  findCloseOfList,
  findCloseOfTenant,
  openMeanings,
  type Question,
} from './meanings/find-close-tools.js';
import { fuseMeanings } from './meanings/fuse-meanings.js';
import { type RankedTools, rankInMemory, rankTools } from './rank-tools.js';
import { localDocuments, type SearchedTool, withDocuments } from './search-documents.queries.js';

export const SearchToolsInput = z.object({
  query: z.string().min(1, 'expected a question').max(2000, 'expected at most 2000 characters'),
  agentId: AgentIdInput.nullish(),
  kind: z.enum(['ENDPOINT', 'MCP', 'LOCAL']).nullish(),
  first: z
    .number()
    .int()
    .min(1)
    .max(100)
    .nullish()
    .transform((value) => value ?? 10),
});
export type SearchToolsInput = z.input<typeof SearchToolsInput>;

type ParsedInput = z.output<typeof SearchToolsInput>;

/** A tool without its schemas: they are read for those that are wanted. */
export type FoundTool = (EndpointRow & { kind: 'ENDPOINT' }) | McpToolRow | AgentLocalTool;

export type ToolMatch = {
  tool: FoundTool;
  /** 0 to 1; it compares the matches of one question. */
  score: number;
  reasons: string[];
  /** About how many tokens of a model its definition takes. */
  tokens: number;
};

type SearchContext = Pick<Context, 'em' | 'run' | 'actor' | 'views' | 'meanings'>;

/**
 * The tools that answer a question best, the best first: of those that an agent may call, under their names in its view,
 * or of all that the tenant offers. Local tools, which agents execute themselves, only with `kind: LOCAL`.
 * Where embeddings are configured, tools are found by what they mean too.
 */
export async function searchTools(ctx: SearchContext, raw: SearchToolsInput): Promise<ToolMatch[]> {
  requireScope(ctx.actor, scopes.read);
  const input = parseInput(SearchToolsInput, raw);
  const { terms, ranked } = await rank(ctx, input);
  const shown = ranked.slice(0, input.first);
  const rows = await readTools(
    ctx,
    shown.map(({ tool }) => tool),
  );
  return shown.flatMap(({ tool, score, matches }) => {
    const row = rows.get(tool.id);
    if (!row) return [];
    const named = { ...row, name: tool.name ?? row.name };
    const text = `${row.name} ${row.description ?? ''}`;
    const reasons = describeMatches(terms, matches, text);
    return [
      {
        tool: named,
        score: Math.round(score * 1000) / 1000,
        // Of what no word of the question found, the meaning is all there is to tell.
        reasons: reasons.length > 0 ? reasons : ['meaning'],
        tokens: tool.tokens,
      },
    ];
  });
}

type Rankable = Omit<SearchedTool, 'name'> & { name?: string };

async function rank(ctx: SearchContext, input: ParsedInput): Promise<RankedTools<Rankable>> {
  if (input.kind === 'LOCAL') return rankLocal(ctx, input.query);
  // Asked for at once: the server answers while the words are looked for.
  const question = ctx.meanings?.ask(input.query) ?? null;
  return input.agentId
    ? rankOfAgent(ctx, { ...input, agentId: input.agentId }, question)
    : rankOfTenant(ctx, { query: input.query, kind: input.kind ?? null }, question);
}

async function rankLocal({ em }: SearchContext, query: string) {
  return rankInMemory(localDocuments(await readLocalTools(em)), query);
}

/** What an agent's tools are searched by is remembered with its view. */
async function rankOfAgent(
  ctx: SearchContext,
  { agentId, kind, query }: ParsedInput & { agentId: string },
  question: Question,
) {
  const { actor, views } = ctx;
  const part = `search\n${agentId}\n${kind ?? ''}`;
  const found = await views.recall(actor.tenant, [part], async ({ em }) => {
    const view = (await effectiveTools(em, actor.tenant, [agentId])).get(agentId)?.tools ?? [];
    const tools = view.filter((tool) => !kind || tool.kind === kind);
    return new Map([[part, await withDocuments(em, actor.tenant, tools)]]);
  });
  const tools = found.get(part)?.value ?? [];
  const byWords = await rankInMemory(tools, query);
  const meanings = await openMeanings(ctx, question);
  return fuseMeanings(byWords, await findCloseOfList(ctx.em, { tools, byWords, meanings }));
}

async function rankOfTenant(
  ctx: SearchContext,
  { query, kind }: { query: string; kind: 'ENDPOINT' | 'MCP' | null },
  question: Question,
) {
  const { run, actor } = ctx;
  const terms = await weighTerms(parseQuery(query), storedVocabulary(run, actor.tenant));
  const candidates = await findCandidates(run, actor.tenant, { terms, kind });
  const byWords = { terms, ranked: rankTools(candidates, terms) };
  const meanings = await openMeanings(ctx, question);
  return fuseMeanings(byWords, await findCloseOfTenant(ctx, { kind, candidates, meanings }));
}

async function readTools(
  ctx: SearchContext,
  tools: readonly Pick<SearchedTool, 'id' | 'kind'>[],
): Promise<Map<string, FoundTool>> {
  const idsOf = (wanted: SearchedTool['kind']) =>
    tools.flatMap(({ id, kind }) => (kind === wanted ? [id] : []));
  const [endpointIds, mcpIds] = [idsOf('ENDPOINT'), idsOf('MCP')];
  const endpoints = endpointIds.length > 0 ? await endpointsByIds(ctx, endpointIds) : [];
  const mcpTools = await mcpToolsByIds(ctx, mcpIds);
  const local = idsOf('LOCAL').length > 0 ? await readLocalTools(ctx.em) : [];
  return new Map<string, FoundTool>([
    ...endpoints.map((row) => [row.id, { ...row, kind: 'ENDPOINT' as const }] as const),
    ...mcpTools,
    ...local.map((row) => [row.id, { ...row, kind: 'LOCAL' as const }] as const),
  ]);
}
