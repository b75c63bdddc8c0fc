import { readFile } from 'node:fs/promises';
import { composeServices } from '@theguild/federation-composition';
import { parse } from 'graphql';
import { agentsSchema } from './agents-subgraph.js';

/** The supergraph of Toolgraph, by its published `schema.graphql`, and the agents subgraph. */
export async function composeSupergraph(urls: {
  toolgraph: string;
  agents: string;
}): Promise<string> {
  const schema = await readFile('schema.graphql', 'utf8');
  const { supergraphSdl, errors } = composeServices([
    { name: 'toolgraph', url: urls.toolgraph, typeDefs: parse(schema) },
    { name: 'agents', url: urls.agents, typeDefs: parse(agentsSchema) },
  ]);
  if (!supergraphSdl) throw new Error((errors ?? []).map(({ message }) => message).join('\n'));
  return supergraphSdl;
}
