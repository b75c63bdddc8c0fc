import { ApolloServer } from '@apollo/server';
import { ApolloServerPluginInlineTraceDisabled } from '@apollo/server/plugin/disabled';
import { startStandaloneServer } from '@apollo/server/standalone';
import { buildSubgraphSchema } from '@apollo/subgraph';
import { parse } from 'graphql';

export type AgentsSubgraph = AsyncDisposable & { url: string };

/** What the service that makes agents might publish beside Toolgraph: it owns their names, Toolgraph their tools. */
export const agentsSchema = `
  extend schema @link(url: "https://specs.apollo.dev/federation/v2.3", import: ["@key"])

  type Query {
    people: [Agent!]!
  }

  type Agent @key(fields: "id") {
    id: ID!
    displayName: String!
  }
`;

const people = [
  { id: 'atlas', displayName: 'Atlas, who keeps the shop' },
  { id: 'hermes', displayName: 'Hermes, who answers letters' },
  { id: 'iris', displayName: 'Iris, who has no tools' },
];

export async function startAgentsSubgraph(): Promise<AgentsSubgraph> {
  const server = new ApolloServer({
    schema: buildSubgraphSchema([
      {
        typeDefs: parse(agentsSchema),
        resolvers: {
          Query: { people: () => people },
          Agent: {
            __resolveReference: ({ id }: { id: string }) =>
              people.find((one) => one.id === id) ?? { id, displayName: id },
          },
        },
      },
    ]),
    plugins: [ApolloServerPluginInlineTraceDisabled()],
    stopOnTerminationSignals: false,
  });
  const { url } = await startStandaloneServer(server, { listen: { port: 0, host: '127.0.0.1' } });
  return { url, [Symbol.asyncDispose]: () => server.stop() };
}
