import { buildSubgraphSchema, type GraphQLResolverMap } from '@apollo/subgraph';
import { type GraphQLObjectType, type GraphQLSchema, parse } from 'graphql';
import { createResolversMap } from 'type-graphql';
import { buildTypes } from './build-types.js';
import type { GraphqlContext } from './graphql-context.js';
import { createLoaders } from './loaders.js';
import { printSchema } from './print-schema.js';
import { resolveReferences } from './resolve-references.js';

/** The executable subgraph, with `_service` and `_entities`. Its context is a `GraphqlContext`. */
export function buildSchema(): GraphQLSchema {
  const types = buildTypes();
  const schema = buildSubgraphSchema([
    { typeDefs: parse(printSchema(types)), resolvers: resolversOf(types) },
  ]);
  const entities = schema.getQueryType()?.getFields()._entities;
  if (entities) entities.resolve = resolveReferences;
  forgetAfterWrites(schema.getMutationType());
  forgetBeforeEvents(schema.getSubscriptionType());
  return schema;
}

/** Both libraries mean the same map; one declares it with interfaces, which have no index signature. */
function resolversOf(types: GraphQLSchema): GraphQLResolverMap<GraphqlContext> {
  return createResolversMap(types) as GraphQLResolverMap<GraphqlContext>;
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

/** The events of one subscription share its context, and each must read what is there when it happens. */
function forgetBeforeEvents(subscriptions: GraphQLObjectType | null | undefined): void {
  for (const field of Object.values(subscriptions?.getFields() ?? {})) {
    const publish = field.resolve;
    if (!publish) continue;
    field.resolve = (event, args, ctx: GraphqlContext, info) => {
      ctx.em = ctx.em.fork();
      ctx.loaders = createLoaders(ctx);
      return publish(event, args, ctx, info);
    };
  }
}
