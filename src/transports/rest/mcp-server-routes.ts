import type { FastifyInstance } from 'fastify';
import { type ApproveMcpToolInput, approveMcpTool } from '../../mcp-servers/approve-mcp-tool.js';
import { getMcpServer } from '../../mcp-servers/get-mcp-server.js';
import { listMcpServers } from '../../mcp-servers/list-mcp-servers.js';
import type { Reads } from '../../mcp-servers/mcp-servers.queries.js';
import {
  type McpToolRow,
  mcpToolDriftByIds,
  mcpToolsByServerIds,
} from '../../mcp-servers/mcp-tools.queries.js';
import { refreshMcpServer } from '../../mcp-servers/refresh-mcp-server.js';
import {
  type RegisterMcpServerInput,
  registerMcpServer,
} from '../../mcp-servers/register-mcp-server.js';
import { removeMcpServer } from '../../mcp-servers/remove-mcp-server.js';
import { type UpdateMcpServerInput, updateMcpServer } from '../../mcp-servers/update-mcp-server.js';
import {
  type UpdateMcpServerTokensInput,
  updateMcpServerTokens,
} from '../../mcp-servers/update-mcp-server-tokens.js';
import { presentMcpServer, presentMcpTool } from './present-mcp-server.js';
import { pathText, queryText, readJsonObject, untrusted } from './read-request.js';
import { contextOf } from './rest-deps.js';

const takesJson = { config: { restBody: 'json' as const } };

export function registerMcpServerRoutes(app: FastifyInstance): void {
  app.get('/mcp-servers', async (request) =>
    (await listMcpServers(contextOf(request), {})).map(presentMcpServer),
  );

  app.post('/mcp-servers', takesJson, async (request, reply) => {
    const body = readJsonObject(request);
    const input = {
      serverUrl: body.server_url,
      name: body.name,
      accessToken: body.access_token,
      refreshToken: body.refresh_token,
      clientId: body.client_id,
      clientSecret: body.client_secret,
      tokenUrl: body.token_url,
      scope: body.scope,
      timeoutSeconds: body.timeout,
    };
    const server = await registerMcpServer(
      contextOf(request),
      untrusted<RegisterMcpServerInput>(input),
    );
    return reply.code(201).send(presentMcpServer(server));
  });

  app.get('/mcp-servers/:id', async (request) =>
    presentMcpServer(await getMcpServer(contextOf(request), { id: pathText(request, 'id') })),
  );

  app.patch('/mcp-servers/:id', takesJson, async (request) => {
    const body = readJsonObject(request);
    const {
      name,
      timeout: timeoutSeconds,
      is_active: isActive,
      upstream_urls: upstreamUrls,
    } = body;
    const input = { id: pathText(request, 'id'), name, timeoutSeconds, isActive, upstreamUrls };
    return presentMcpServer(
      await updateMcpServer(contextOf(request), untrusted<UpdateMcpServerInput>(input)),
    );
  });

  app.patch('/mcp-servers/:id/tokens', takesJson, async (request) => {
    const body = readJsonObject(request);
    const input = {
      id: pathText(request, 'id'),
      accessToken: body.access_token,
      refreshToken: body.refresh_token,
      expiresInSeconds: body.expires_in,
    };
    return presentMcpServer(
      await updateMcpServerTokens(contextOf(request), untrusted<UpdateMcpServerTokensInput>(input)),
    );
  });

  app.post('/mcp-servers/:id/refresh', async (request) =>
    presentMcpServer(await refreshMcpServer(contextOf(request), { id: pathText(request, 'id') })),
  );

  app.delete('/mcp-servers/:id', async (request, reply) => {
    await removeMcpServer(contextOf(request), { id: pathText(request, 'id') });
    return reply.code(204).send();
  });

  app.get('/mcp-servers/:id/tools', async (request) => {
    const ctx = contextOf(request);
    const { id } = await getMcpServer(ctx, { id: pathText(request, 'id') });
    return presentTools(ctx, (await mcpToolsByServerIds(ctx, [id])).get(id) ?? []);
  });

  app.post('/mcp-servers/:id/tools/:tool/approve', async (request) => {
    const ctx = contextOf(request);
    const input: ApproveMcpToolInput = {
      serverId: pathText(request, 'id'),
      tool: pathText(request, 'tool'),
      fingerprint: queryText(request, 'fingerprint'),
    };
    const [presented] = await presentTools(ctx, [await approveMcpTool(ctx, input)]);
    return presented;
  });
}

async function presentTools(ctx: Reads, tools: McpToolRow[]) {
  const drift = await mcpToolDriftByIds(
    ctx,
    tools.map(({ id }) => id),
  );
  return tools.map((tool) => presentMcpTool(tool, drift.get(tool.id)));
}
