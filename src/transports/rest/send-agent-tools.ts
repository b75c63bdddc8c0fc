import type { FastifyReply, FastifyRequest } from 'fastify';
import { renderAgentTools, type ToolRenderer } from '../../agents/render-agent-tools.js';
import { namesTag } from './entity-tags.js';
import { presentAgentTool } from './present-endpoint.js';
import { readPageLimit, setNextLink } from './read-list.js';
import { pathText, queryText } from './read-request.js';
import { contextOf } from './rest-deps.js';

const renderer: ToolRenderer = {
  name: 'rest',
  tool: (tool) => JSON.stringify(presentAgentTool(tool)),
  list: (agentId, revision, tools, mcpTools) =>
    `{"agent_id":${JSON.stringify(agentId)},"revision":${JSON.stringify(revision)},"tools":[${tools.join()}],"mcp_tools":${JSON.stringify(mcpTools)}}`,
};

// Who asks decides what is there; nobody else may be sent a stored answer, nor the same one unasked.
const cacheHeaders = {
  'cache-control': 'private, no-cache',
  vary: 'authorization, x-tenantid, x-appid',
};

/** An agent's tools with a strong entity tag, made of the bytes; 304 for who has them (RFC 9110 sections 8.8 and 13.1.2). */
export async function sendAgentTools(
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const limit = readPageLimit(request);
  const tools = await renderAgentTools(
    contextOf(request),
    {
      agentId: pathText(request, 'agent_id'),
      search: queryText(request, 'search'),
      first: limit,
      after: queryText(request, 'after'),
    },
    renderer,
  );
  reply.headers(cacheHeaders).header('etag', `"${tools.digest}"`);
  if (tools.next !== null) setNextLink(request, reply, { limit, after: tools.next });
  if (namesTag(request.headers['if-none-match'], tools.digest)) return reply.code(304).send();
  return reply.header('content-type', 'application/json; charset=utf-8').send(tools.bytes);
}
