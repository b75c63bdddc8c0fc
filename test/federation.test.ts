import { composeServices } from '@apollo/composition';
import { composeServices as composeWithGuild } from '@theguild/federation-composition';
import { parse } from 'graphql';
import { describe, expect, it } from 'vitest';
import { printSchema } from '../src/transports/graphql/print-schema.js';

/** What the service that makes agents might publish beside us: agents of its own, PageInfo too, and our tools by key. */
const agentsSubgraph = `
  extend schema @link(
    url: "https://specs.apollo.dev/federation/v2.3"
    import: ["@key", "@shareable", "@external"]
  )
  type Query { people(first: Int): AgentConnection! favouriteTool(agentId: ID!): LocalTool }
  type Agent @key(fields: "id") { id: ID! displayName: String! favourite: Endpoint }
  type AgentConnection { nodes: [Agent!]! pageInfo: PageInfo! }
  type PageInfo @shareable {
    hasNextPage: Boolean! hasPreviousPage: Boolean! startCursor: String endCursor: String
  }
  type Endpoint @key(fields: "id", resolvable: false) { id: ID! }
  type LocalTool @key(fields: "name", resolvable: false) { name: String! }
`;

const subgraphs = [
  { name: 'toolgraph', url: 'http://127.0.0.1:8009/graphql', typeDefs: parse(printSchema()) },
  { name: 'agents', url: 'http://127.0.0.1:8010/graphql', typeDefs: parse(agentsSubgraph) },
];

describe.each([
  ['@apollo/composition', composeServices],
  ['@theguild/federation-composition', composeWithGuild],
] as const)('composed by %s', (_name, compose) => {
  it('makes a supergraph with a subgraph that has agents of its own', () => {
    const { errors, supergraphSdl } = compose(subgraphs);
    expect(errors ?? []).toEqual([]);
    expect(supergraphSdl).toContain('toolCount: Int!');
    expect(supergraphSdl).toMatch(/type Agent[\s\S]*?@join__type\(graph: AGENTS, key: "id"\)/);
    expect(supergraphSdl).toMatch(/type Agent[\s\S]*?@join__type\(graph: TOOLGRAPH, key: "id"\)/);
  });

  it('lets every entity be reached by its key', () => {
    const { supergraphSdl = '' } = compose(subgraphs);
    const keys = {
      Api: 'id',
      Endpoint: 'id',
      Parameter: 'id',
      Agent: 'id',
      LocalTool: 'name',
      McpServer: 'id',
      McpTool: 'id',
    };
    for (const [type, key] of Object.entries(keys)) {
      expect(supergraphSdl).toMatch(
        new RegExp(`type ${type}\\b[^{]*@join__type\\(graph: TOOLGRAPH, key: "${key}"\\)`),
      );
    }
  });

  it('refuses a second owner of what is ours', () => {
    const rival = `
      extend schema @link(url: "https://specs.apollo.dev/federation/v2.3", import: ["@key"])
      type Query { rival: Api }
      type Api @key(fields: "id") { id: ID! name: String! }
    `;
    const { errors = [] } = compose([
      ...subgraphs,
      { name: 'rival', url: 'http://127.0.0.1:8011/graphql', typeDefs: parse(rival) },
    ]);
    expect(errors.map(({ message }) => message).join()).toMatch(/Api\.name/);
  });
});
