import type { FastifyReply, FastifyRequest } from 'fastify';
import { renderAgentTools, type ToolRenderer } from '../../agents/render-agent-tools.js';
import { presentAgentTool } from './present-endpoint.js';
import { readPageLimit } from './read-list.js';
import { pathText, queryText } from './read-request.js';
import { contextOf } from './rest-deps.js';
import { sendTagged } from './send-tagged.js';

const renderer: ToolRenderer = {
  name: 'rest',
  tool: (tool) => JSON.stringify(presentAgentTool(tool)),
  list: (agentId, revision, tools, mcpTools) =>
    `{"agent_id":${JSON.stringify(agentId)},"revision":${JSON.stringify(revision)},"tools":[${tools.join()}],"mcp_tools":${JSON.stringify(mcpTools)}}`,
};

/** An agent's tools: written once for each revision. */
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
  return sendTagged(request, reply, { ...tools, limit });
}
