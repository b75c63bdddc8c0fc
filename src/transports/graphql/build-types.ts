import 'reflect-metadata';
import type { GraphQLObjectType, GraphQLSchema } from 'graphql';
import { buildSchemaSync } from 'type-graphql';
import {
  CatalogChangeAgentsResolver,
  OperationChangeResolver,
  SyncConflictResolver,
  SyncPlanResolver,
} from './resolvers/affected-agents-resolvers.js';
import { AgentResolver } from './resolvers/agent-resolver.js';
import { ApiCredentialResolver } from './resolvers/api-credential-resolver.js';
import { ApiResolver } from './resolvers/api-resolver.js';
import { CallResolver } from './resolvers/call-resolver.js';
import { CatalogChangeResolver } from './resolvers/catalog-change-resolver.js';
import { EndpointResolver } from './resolvers/endpoint-resolver.js';
import { LocalToolResolver } from './resolvers/local-tool-resolver.js';
import { SyncResolver } from './resolvers/sync-resolver.js';

/** The decorated classes as a schema, before Federation adds its part. */
export function buildTypes(): GraphQLSchema {
  const schema = buildSchemaSync({
    resolvers: [
      ApiResolver,
      ApiCredentialResolver,
      EndpointResolver,
      AgentResolver,
      LocalToolResolver,
      SyncResolver,
      CallResolver,
      CatalogChangeResolver,
      CatalogChangeAgentsResolver,
      OperationChangeResolver,
      SyncPlanResolver,
      SyncConflictResolver,
    ],
    validate: false,
  });
  describe(schema.getQueryType(), 'What can be read. Everything is of the tenant that asks.');
  describe(schema.getMutationType(), 'What can be changed. Each is one transaction.');
  return schema;
}

/** The decorators have no place for the description of a root type. */
function describe(type: GraphQLObjectType | null | undefined, description: string): void {
  if (type) type.description = description;
}
