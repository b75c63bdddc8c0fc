import 'reflect-metadata';
import type { GraphQLObjectType, GraphQLSchema } from 'graphql';
import { buildSchemaSync, type PubSub } from 'type-graphql';
import { AppError } from '../../errors.js';
import {
  CatalogChangeAgentsResolver,
  OperationChangeResolver,
  SyncConflictResolver,
  SyncPlanResolver,
} from './resolvers/affected-agents-resolvers.js';
import { AgentResolver } from './resolvers/agent-resolver.js';
import { ApiCredentialResolver } from './resolvers/api-credential-resolver.js';
import { ApiResolver } from './resolvers/api-resolver.js';
import { CallRecordResolver } from './resolvers/call-record-resolver.js';
import { CallResolver } from './resolvers/call-resolver.js';
import { CatalogChangeResolver } from './resolvers/catalog-change-resolver.js';
import { DeadLetterResolver } from './resolvers/dead-letter-resolver.js';
import { EndpointResolver } from './resolvers/endpoint-resolver.js';
import { LocalToolResolver } from './resolvers/local-tool-resolver.js';
import { McpAuthorizationResolver } from './resolvers/mcp-authorization-resolver.js';
import { McpServerResolver } from './resolvers/mcp-server-resolver.js';
import { McpToolResolver } from './resolvers/mcp-tool-resolver.js';
import {
  AgentTokensResolver,
  EndpointTokensResolver,
  LocalToolTokensResolver,
  McpToolTokensResolver,
  SearchResolver,
} from './resolvers/search-resolver.js';
import {
  AgentSkillsResolver,
  CatalogChangeSkillResolver,
  SkillResolver,
} from './resolvers/skill-resolver.js';
import { SubmittedCallResolver } from './resolvers/submitted-call-resolver.js';
import { SyncResolver } from './resolvers/sync-resolver.js';
import { ToolExportResolver } from './resolvers/tool-export-resolver.js';

/** The library wants one, although every subscription has a source of its own. */
const noTopics: PubSub = {
  publish: () => {},
  subscribe: (topic) => {
    throw new AppError('INTERNAL', `There is no topic "${topic}".`);
  },
};

/** The decorated classes as a schema, before Federation adds its part. */
export function buildTypes(): GraphQLSchema {
  const schema = buildSchemaSync({
    resolvers: [
      ApiResolver,
      ApiCredentialResolver,
      EndpointResolver,
      AgentResolver,
      LocalToolResolver,
      McpServerResolver,
      McpAuthorizationResolver,
      McpToolResolver,
      ToolExportResolver,
      SkillResolver,
      AgentSkillsResolver,
      SearchResolver,
      EndpointTokensResolver,
      McpToolTokensResolver,
      LocalToolTokensResolver,
      AgentTokensResolver,
      CatalogChangeSkillResolver,
      SyncResolver,
      CallResolver,
      CallRecordResolver,
      SubmittedCallResolver,
      DeadLetterResolver,
      CatalogChangeResolver,
      CatalogChangeAgentsResolver,
      OperationChangeResolver,
      SyncPlanResolver,
      SyncConflictResolver,
    ],
    // Nothing but an interface leads to it.
    validate: false,
    pubSub: noTopics,
  });
  describe(schema.getQueryType(), 'What can be read. Everything is of the tenant that asks.');
  describe(schema.getMutationType(), 'What can be changed. Each is one transaction.');
  describe(
    schema.getSubscriptionType(),
    'What can be followed. Everything is of the tenant that asks.',
  );
  return schema;
}

/** The decorators have no place for the description of a root type. */
function describe(type: GraphQLObjectType | null | undefined, description: string): void {
  if (type) type.description = description;
}
