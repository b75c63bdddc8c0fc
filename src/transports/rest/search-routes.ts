import type { FastifyInstance } from 'fastify';
import { type SearchToolsInput, searchTools, type ToolMatch } from '../../agents/search-tools.js';
import { queryText, untrusted } from './read-request.js';
import { contextOf } from './rest-deps.js';

export function registerSearchRoutes(app: FastifyInstance): void {
  app.get('/search', async (request) => {
    const first = queryText(request, 'limit');
    const input = {
      query: queryText(request, 'q') ?? '',
      agentId: queryText(request, 'agent_id'),
      kind: queryText(request, 'kind')?.toUpperCase(),
      first: first === null ? null : Number(first),
    };
    const matches = await searchTools(contextOf(request), untrusted<SearchToolsInput>(input));
    return { matches: matches.map(presentMatch) };
  });
}

/** Without schemas: they are in the tool itself. */
function presentMatch({ tool, score, reasons, tokens }: ToolMatch) {
  const { id, kind, name, description } = tool;
  return {
    ...{ id, kind, name, description: description ?? null },
    ...(kind === 'ENDPOINT' && { api_id: tool.apiId, method: tool.method, path: tool.path }),
    ...(kind === 'MCP' && { server_id: tool.serverId, server_name: tool.serverName }),
    ...{ score, reasons, tokens },
  };
}
