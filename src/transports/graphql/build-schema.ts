import 'reflect-metadata';
import {
  buildSubgraphSchema,
  type GraphQLResolverMap,
  printSubgraphSchema,
} from '@apollo/subgraph';
import { type GraphQLObjectType, type GraphQLSchema, parse } from 'graphql';
import { buildSchemaSync, createResolversMap } from 'type-graphql';
import type { GraphqlContext } from './graphql-context.js';
import { createLoaders } from './loaders.js';
import { resolveReferences } from './resolve-references.js';
import {
  CatalogChangeAgentsResolver,
  OperationChangeResolver,
  SyncConflictResolver,
  SyncPlanResolver,
} from './resolvers/affected-agents-resolvers.js';
import { AgentResolver } from './resolvers/agent-resolver.js';
import { ApiResolver } from './resolvers/api-resolver.js';
import { CatalogChangeResolver } from './resolvers/catalog-change-resolver.js';
import { EndpointResolver } from './resolvers/endpoint-resolver.js';
import { LocalToolResolver } from './resolvers/local-tool-resolver.js';
import { SyncResolver } from './resolvers/sync-resolver.js';

const federationLink = `extend schema
  @link(url: "https://specs.apollo.dev/federation/v2.3", import: ["@key", "@shareable"])`;

/** The subgraph as SDL: what `schema.graphql` holds and a supergraph is composed from. Ends with a line break. */
export function printSchema(): string {
  return print(buildTypes());
}

/** The executable subgraph, with `_service` and `_entities`. Its context is a `GraphqlContext`. */
export function buildSchema(): GraphQLSchema {
  const types = buildTypes();
  const schema = buildSubgraphSchema([
    { typeDefs: parse(print(types)), resolvers: resolversOf(types) },
  ]);
  const entities = schema.getQueryType()?.getFields()._entities;
  if (entities) entities.resolve = resolveReferences;
  forgetAfterWrites(schema.getMutationType());
  return schema;
}

function buildTypes(): GraphQLSchema {
  const schema = buildSchemaSync({
    resolvers: [
      ApiResolver,
      EndpointResolver,
      AgentResolver,
      LocalToolResolver,
      SyncResolver,
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

/** Both libraries mean the same map; one declares it with interfaces, which have no index signature. */
function resolversOf(types: GraphQLSchema): GraphQLResolverMap<GraphqlContext> {
  return createResolversMap(types) as GraphQLResolverMap<GraphqlContext>;
}

function print(schema: GraphQLSchema): string {
  return `${federationLink}\n\n${printSubgraphSchema(schema).trim()}\n`;
}

/** The mutations of one request run one after the other, and each must read what it wrote. */
function forgetAfterWrites(mutations: GraphQLObjectType | null | undefined): void {
  for (const field of Object.values(mutations?.getFields() ?? {})) {
    const write = field.resolve;
    if (!write) continue;
    field.resolve = async (source, args, ctx: GraphqlContext, info) => {
      const result = await write(source, args, ctx, info);
      ctx.loaders = createLoaders(ctx);
      return result;
    };
  }
}
