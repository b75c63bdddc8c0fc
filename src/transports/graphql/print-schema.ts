import { printSubgraphSchema } from '@apollo/subgraph';
import type { GraphQLSchema } from 'graphql';
import { buildTypes } from './build-types.js';

const federationLink = `extend schema
  @link(url: "https://specs.apollo.dev/federation/v2.3", import: ["@key", "@shareable"])`;

/** The subgraph as SDL: what `schema.graphql` holds and a supergraph is composed from. No line break at its end. */
export function printSchema(types: GraphQLSchema = buildTypes()): string {
  return `${federationLink}\n\n${printSubgraphSchema(types).trim()}`;
}
