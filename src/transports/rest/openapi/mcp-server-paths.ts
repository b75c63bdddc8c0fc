import type { PathsObject } from 'openapi3-ts/oas31';
import { RegisterMcpServerInput } from '../../../mcp-servers/register-mcp-server.js';
import { UpdateMcpServerInput } from '../../../mcp-servers/update-mcp-server.js';
import { UpdateMcpServerTokensInput } from '../../../mcp-servers/update-mcp-server-tokens.js';
import { describe, jsonBody, pathParameter, queryParameter } from './operation.js';
import { fromZod, listOf, ref } from './schema-parts.js';

const tag = 'MCP servers';
const server = { description: 'The server, without its secrets.', schema: ref('McpServer') };
const serverId = pathParameter('id', 'The MCP server.', { type: 'string', format: 'uuid' });

const input = RegisterMcpServerInput.shape;
const edit = UpdateMcpServerInput.shape;
const tokens = UpdateMcpServerTokensInput.shape;

export const mcpServerPaths: PathsObject = {
  '/mcp-servers': {
    get: describe({
      id: 'listMcpServers',
      tag,
      summary: 'List the MCP servers of the tenant and application',
      answer: { description: 'By name.', schema: listOf(ref('McpServer')) },
    }),
    post: describe({
      id: 'registerMcpServer',
      tag,
      summary: 'Register an MCP server',
      description:
        'It is asked for its tools at once. One that does not answer is registered all the same: see status.',
      body: jsonBody(
        {
          type: 'object',
          properties: {
            server_url: fromZod(input.serverUrl, 'Absolute http or https URL of its endpoint.'),
            name: fromZod(
              input.name,
              'A name without "/", unique in the tenant. Default: the host.',
            ),
            access_token: fromZod(input.accessToken, 'Bearer token. Write-only.'),
            refresh_token: fromZod(input.refreshToken, 'Renews the access token. Write-only.'),
            client_id: fromZod(input.clientId, 'OAuth client id.'),
            client_secret: fromZod(input.clientSecret, 'OAuth client secret. Write-only.'),
            token_url: fromZod(input.tokenUrl, 'Where tokens are renewed.'),
            scope: fromZod(input.scope, 'OAuth scopes, with spaces between.'),
            timeout: fromZod(input.timeoutSeconds, 'Seconds for one request. Default: 30.'),
          },
          required: ['server_url'],
        },
        { server_url: 'https://mcp.example.com/mcp', access_token: '…' },
      ),
      answer: { ...server, status: 201 },
      errors: [409],
    }),
  },
  '/mcp-servers/{id}': {
    get: describe({
      id: 'getMcpServer',
      tag,
      summary: 'Show one MCP server',
      parameters: [serverId],
      answer: server,
      errors: [404],
    }),
    patch: describe({
      id: 'updateMcpServer',
      tag,
      summary: 'Change the settings of an MCP server, or switch it off and on',
      parameters: [serverId],
      body: jsonBody(
        {
          type: 'object',
          properties: {
            name: fromZod(edit.name, 'A name without "/", unique in the tenant.'),
            timeout: fromZod(edit.timeoutSeconds, 'Seconds for one request.'),
            is_active: fromZod(edit.isActive, 'false takes its tools out of all agents’ views.'),
            upstream_urls: fromZod(
              edit.upstreamUrls,
              'URLs that a caller of the ATI proxy may have one call sent to.',
            ),
          },
        },
        { is_active: false },
      ),
      answer: server,
      errors: [404, 409],
    }),
    delete: describe({
      id: 'removeMcpServer',
      tag,
      summary: 'Remove an MCP server with its tools',
      description: 'The tools leave the views of all agents at once.',
      parameters: [serverId],
      errors: [404],
    }),
  },
  '/mcp-servers/{id}/tokens': {
    patch: describe({
      id: 'updateMcpServerTokens',
      tag,
      summary: 'Store tokens of an MCP server',
      parameters: [serverId],
      body: jsonBody(
        {
          type: 'object',
          properties: {
            access_token: fromZod(tokens.accessToken, 'Bearer token. Write-only.'),
            refresh_token: fromZod(tokens.refreshToken, 'Renews the access token. Write-only.'),
            expires_in: fromZod(
              tokens.expiresInSeconds,
              'Seconds that the access token is good for.',
            ),
          },
        },
        { access_token: '…', expires_in: 3600 },
      ),
      answer: server,
      errors: [404],
    }),
  },
  '/mcp-servers/{id}/refresh': {
    post: describe({
      id: 'refreshMcpServer',
      tag,
      summary: 'Ask an MCP server for its tools now',
      description: 'The tools that it had stay when it fails.',
      parameters: [serverId],
      answer: server,
      errors: [404, 409, 413, 502, 503, 504],
    }),
  },
  '/mcp-servers/{id}/tools': {
    get: describe({
      id: 'listToolsOfMcpServer',
      tag,
      summary: 'List the tools of an MCP server',
      parameters: [serverId],
      answer: {
        description: 'As it listed them last, held back ones among them.',
        schema: listOf(ref('McpTool')),
      },
      errors: [404],
    }),
  },
  '/mcp-servers/{id}/tools/{tool}/approve': {
    post: describe({
      id: 'approveMcpTool',
      tag,
      summary: 'Put into service what is held back of a tool',
      parameters: [
        serverId,
        pathParameter('tool', 'The tool: its id, or what its server calls it.'),
        queryParameter(
          'fingerprint',
          'Of the definition that was looked at; another is not approved.',
        ),
      ],
      answer: { description: 'The tool as it is served now.', schema: ref('McpTool') },
      errors: [404, 409],
    }),
  },
};
