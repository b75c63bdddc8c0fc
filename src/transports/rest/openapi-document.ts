import { type OpenAPIObject, OpenApiBuilder } from 'openapi3-ts/oas31';
import { agentPaths } from './openapi/agent-paths.js';
import { apiPaths, endpointPaths } from './openapi/catalog-paths.js';
import { mcpOauthPaths } from './openapi/mcp-oauth-paths.js';
import { mcpServerPaths } from './openapi/mcp-server-paths.js';
import { schemas } from './openapi/schemas.js';
import { searchPaths } from './openapi/search-paths.js';
import { servicePaths } from './openapi/service-paths.js';
import { skillPaths } from './openapi/skill-paths.js';
import { submittedCallPaths } from './openapi/submitted-call-paths.js';
import { syncPaths } from './openapi/sync-paths.js';

const description = `The tool catalog of AI agents over REST. Post an OpenAPI or Swagger document, assign its endpoints to an agent, read the agent's tools.

Errors are \`{"detail": …}\`: a sentence, or for a request that does not validate (422) a list of \`{loc, msg, type}\`. Every answer has an \`x-request-id\`; send one to have it used. HEAD works wherever GET does.`;

/** OpenAPI 3.1 description of every route under `/tools`, save for the two that serve it. */
export function buildOpenApiDocument(): OpenAPIObject {
  const builder = OpenApiBuilder.create()
    .addOpenApiVersion('3.1.0')
    .addInfo({
      title: 'Toolgraph REST',
      version: '1.0.0',
      description,
      license: { name: 'MIT', identifier: 'MIT' },
    })
    // Relative to this document's own URL, so that it holds behind any prefix.
    .addServer({ url: '../tools' })
    .addSecurityScheme('bearer', {
      type: 'http',
      scheme: 'bearer',
      bearerFormat: 'JWT',
      description: 'Where tokens are configured, one is required and decides the tenant.',
    });
  for (const [name, text] of Object.entries(tags)) builder.addTag({ name, description: text });
  for (const [name, schema] of Object.entries(schemas)) builder.addSchema(name, schema);
  for (const paths of [
    syncPaths,
    apiPaths,
    endpointPaths,
    agentPaths,
    submittedCallPaths,
    mcpServerPaths,
    mcpOauthPaths,
    skillPaths,
    searchPaths,
    servicePaths,
  ]) {
    for (const [path, item] of Object.entries(paths)) builder.addPath(path, item);
  }
  return builder.getSpec();
}

const tags = {
  Documents: 'Preview, plan and sync OpenAPI and Swagger documents.',
  APIs: 'What was synced.',
  Endpoints: 'The operations of an API, as tools.',
  Agents: 'Who may call what.',
  'MCP servers': 'Servers whose tools agents can be assigned.',
  Skills: 'Instructions for agents, bound to the tools that they are about.',
  Service: 'Operations.',
};
