import type { FastifyInstance, FastifyRequest } from 'fastify';
import { type AssignMcpToolsInput, assignMcpTools } from '../../agents/assign-mcp-tools.js';
import { type AssignToolsInput, assignTools } from '../../agents/assign-tools.js';
import { countAgentTools } from '../../agents/count-agent-tools.js';
import type { ViewReads } from '../../agents/effective-tools.js';
import { type ExportAgentToolsInput, exportAgentTools } from '../../agents/export-agent-tools.js';
import { unassignTools } from '../../agents/unassign-tools.js';
import { type CallToolInput, callTool } from '../../calls/call-tool.js';
import { presentCall } from './present-call.js';
import { presentExport } from './present-export.js';
import { pathText, queryText, readJsonObject, untrusted } from './read-request.js';
import { contextOf } from './rest-deps.js';
import { sendAgentTools } from './send-agent-tools.js';

const takesJson = { config: { restBody: 'json' as const } };

export function registerAgentRoutes(app: FastifyInstance): void {
  app.get('/agents/tool-count', async (request) => {
    const counts = await countAgentTools(contextOf(request), {});
    return { counts: Object.fromEntries(counts.map(({ agentId, count }) => [agentId, count])) };
  });

  app.get('/agents/:agent_id/tool-count', async (request) => {
    const agentId = pathText(request, 'agent_id');
    return { agent_id: agentId, count: await countTools(contextOf(request), agentId) };
  });

  app.get('/agents/:agent_id/tools', sendAgentTools);

  app.get('/agents/:agent_id/export', async (request) => {
    const format = queryText(request, 'format')?.toUpperCase().replaceAll('-', '_');
    const input = { agentId: pathText(request, 'agent_id'), format };
    return presentExport(
      await exportAgentTools(contextOf(request), untrusted<ExportAgentToolsInput>(input)),
    );
  });

  app.post('/agents/:agent_id/tools', takesJson, async (request) => {
    const ctx = contextOf(request);
    const { agentId, assigned, revision } = await assignTools(ctx, readAssignment(request));
    return { agent_id: agentId, assigned, tool_count: await countTools(ctx, agentId), revision };
  });

  app.delete('/agents/:agent_id/tools', takesJson, async (request) => {
    const ctx = contextOf(request);
    const { agentId, assigned, revision } = await unassignTools(ctx, readAssignment(request));
    const toolCount = await countTools(ctx, agentId);
    return { agent_id: agentId, unassigned: assigned, tool_count: toolCount, revision };
  });

  app.post('/agents/:agent_id/mcp-tools', takesJson, async (request) => {
    const input = { agentId: pathText(request, 'agent_id'), tools: readJsonObject(request).tools };
    const assigned = await assignMcpTools(
      contextOf(request),
      untrusted<AssignMcpToolsInput>(input),
    );
    return { agent_id: assigned.agentId, tools: assigned.tools, revision: assigned.revision };
  });

  app.post('/agents/:agent_id/tools/:name/call', takesJson, async (request) => {
    const { arguments: args, idempotency_key: idempotencyKey } = readJsonObject(request);
    const input = {
      agentId: pathText(request, 'agent_id'),
      name: pathText(request, 'name'),
      arguments: args,
      idempotencyKey,
    };
    return presentCall(await callTool(contextOf(request), untrusted<CallToolInput>(input)));
  });
}

function readAssignment(request: FastifyRequest): AssignToolsInput {
  const { endpoint_ids: endpointIds } = readJsonObject(request);
  return untrusted<AssignToolsInput>({ agentId: pathText(request, 'agent_id'), endpointIds });
}

async function countTools(ctx: ViewReads, agentId: string): Promise<number> {
  const [row] = await countAgentTools(ctx, { agentId });
  return row?.count ?? 0;
}
