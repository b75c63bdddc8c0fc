import type { GraphQLResolveInfo } from 'graphql';
import { AppError } from '../../errors.js';
import type { GraphqlContext } from './graphql-context.js';
import { toAgent } from './types/agent-type.js';

type Load = (key: string, ctx: GraphqlContext) => Promise<object | null> | object;
export type Reference = { __typename: string } & Record<string, unknown>;

/** Every entity of the subgraph: its key field, and how a key becomes the entity. One statement per type and request. */
const entities: Record<string, { key: string; load: Load }> = {
  Agent: { key: 'id', load: toAgent },
  Api: { key: 'id', load: (id, { loaders }) => loaders.apis.load(id) },
  Endpoint: { key: 'id', load: (id, { loaders }) => loaders.endpoints.load(id) },
  LocalTool: { key: 'name', load: (name, { loaders }) => loaders.localTools.load(name) },
  McpServer: { key: 'id', load: (id, { loaders }) => loaders.mcpServers.load(id) },
  McpTool: { key: 'id', load: (id, { loaders }) => loaders.mcpTools.load(id) },
  Skill: { key: 'id', load: (id, { loaders }) => loaders.skills.load(id) },
  Parameter: { key: 'id', load: (id, { loaders }) => loaders.parameters.load(id) },
};

/**
 * `Query._entities` (Federation subgraph specification, "Resolve requests for entities"): each representation's entity
 * in the order asked, null for one that does not exist. A representation that names no entity is an error of its own.
 */
export function resolveReferences(
  _source: unknown,
  { representations }: { representations: Reference[] },
  ctx: GraphqlContext,
  _info: GraphQLResolveInfo,
): Promise<object | null>[] {
  return representations.map((reference) => resolveReference(reference, ctx));
}

async function resolveReference(reference: Reference, ctx: GraphqlContext): Promise<object | null> {
  const typename = reference?.__typename;
  const entity = Object.hasOwn(entities, typename) ? entities[typename] : undefined;
  if (!entity) {
    throw new AppError(
      'INVALID_INPUT',
      `representations: "${typename}" is no entity of this subgraph. Expected a __typename of ${Object.keys(entities).join(', ')}.`,
    );
  }
  const key = reference[entity.key];
  if (typeof key !== 'string' || key === '') {
    throw new AppError(
      'INVALID_INPUT',
      `representations: the key "${entity.key}" of ${typename} is missing. Expected a string.`,
    );
  }
  const found = await entity.load(key, ctx);
  return found && { ...found, __typename: typename };
}
