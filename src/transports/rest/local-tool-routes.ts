import type { FastifyInstance } from 'fastify';
import { type ListLocalToolsInput, listLocalTools } from '../../local-tools/list-local-tools.js';
import { presentLocalTool } from './present-local-tool.js';
import { queryText, untrusted } from './read-request.js';
import { contextOf } from './rest-deps.js';

export function registerLocalToolRoutes(app: FastifyInstance): void {
  app.get('/agents/local-tools', async (request) => {
    const input = { agentType: queryText(request, 'agent_type') };
    const tools = await listLocalTools(contextOf(request), untrusted<ListLocalToolsInput>(input));
    return tools.map(presentLocalTool);
  });
}
