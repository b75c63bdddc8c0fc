import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ApolloServer } from '@apollo/server';
import { buildSubgraphSchema } from '@apollo/subgraph';
import { fastifyApolloHandler } from '@as-integrations/fastify';
import { fastify } from 'fastify';
import { parse } from 'graphql';
import { GraphQLJSON } from 'graphql-scalars';
import type { ReadsArgument } from './reads-contenders.js';
import { childArgument } from './run-child.js';

/** The answers of Toolgraph to the same queries, as in-memory data under the same schema. */
async function main(): Promise<void> {
  const { dir } = childArgument<ReadsArgument>();
  const load = (file: string) => JSON.parse(readFileSync(join(dir, file), 'utf8')).data;
  const { agent } = load('agent.json');
  const { api } = load('nested.json');
  // This file runs as dist/bench/reads-apollo.js.
  const typeDefs = parse(readFileSync(join(import.meta.dirname, '../../schema.graphql'), 'utf8'));
  const resolvers = {
    JSON: GraphQLJSON,
    Tool: { __resolveType: () => 'Endpoint' },
    Query: { agent: () => agent, api: () => api },
  };
  const apollo = new ApolloServer({ schema: buildSubgraphSchema([{ typeDefs, resolvers }]) });
  await apollo.start();
  const server = fastify();
  server.post('/graphql', fastifyApolloHandler(apollo));
  process.send?.({ url: await server.listen({ port: 0, host: '127.0.0.1' }) });
  process.on('message', () => process.exit(0));
}

await main();
