/** A cut of the catalog's schema whose data is in memory, without a scalar of our own. */
export const catalogSchema = `
  type Query { api: Api! agent: Agent! }
  type Api { id: ID! name: String! endpoints(first: Int = 50): EndpointConnection! }
  type Agent { id: ID! tools(first: Int = 50): ToolConnection! }
  type EndpointConnection { totalCount: Int! nodes: [Endpoint!]! }
  type ToolConnection { totalCount: Int! nodes: [Tool!]! }
  interface Tool { id: ID! name: String! description: String enabled: Boolean! }
  type Endpoint implements Tool {
    id: ID! name: String! description: String enabled: Boolean! method: String! path: String! tags: [String!]!
    deprecated: Boolean! parameters: [Parameter!]!
  }
  enum Location { PATH QUERY HEADER }
  type Parameter { id: ID! name: String! type: String! location: Location! required: Boolean! description: String }
`;

export const queries = [
  {
    name: "An agent's 100 tools",
    query: `{ agent { id tools(first: 100) { totalCount nodes {
      __typename id name description enabled ... on Endpoint { method path tags deprecated }
    } } } }`,
  },
  {
    name: '1,000 endpoints with 5,000 parameters',
    query: `{ api { id name endpoints(first: 1000) { totalCount nodes {
      id name method path description enabled tags deprecated
      parameters { id name type location required description }
    } } } }`,
  },
];

/** Lists arrive as promises, as they do from loaders; all else is there. */
export function catalogData() {
  const endpoints = Array.from({ length: 1000 }, (_, at) => {
    const parameters = Array.from({ length: 5 }, (_, field) => ({
      id: `parameter-${at}-${field}`,
      name: `field_${field}`,
      type: 'string',
      location: 'QUERY',
      required: field === 0,
      description: `What field ${field} narrows the answer down to.`,
    }));
    return {
      __typename: 'Endpoint',
      id: `endpoint-${at}`,
      name: `listThings${at}`,
      description: `Lists things of the kind ${at}, newest first.`,
      enabled: true,
      method: 'GET',
      path: `/things/${at}`,
      tags: ['things', 'lists'],
      deprecated: false,
      parameters: async () => parameters,
    };
  });
  const connection = async ({ first }: { first: number }) => ({
    totalCount: endpoints.length,
    nodes: endpoints.slice(0, first),
  });
  return {
    api: { id: 'api', name: 'Things', endpoints: connection },
    agent: { id: 'atlas', tools: connection },
  };
}

type Resolve = (source: Record<string, (args: object) => unknown>, args: object) => unknown;
/** What is used of a schema, whichever copy of graphql-js made it. */
type Resolvable = {
  getType(name: string): { getFields?: () => Record<string, { resolve?: Resolve }> } | undefined;
};

/** Fields that are functions of their object get a resolver, because graphql-jit calls no functions by itself. */
export function withResolvers<Schema>(schema: Schema): Schema {
  const called = { Api: 'endpoints', Agent: 'tools', Endpoint: 'parameters' };
  for (const [type, name] of Object.entries(called)) {
    const field = (schema as Resolvable).getType(type)?.getFields?.()[name];
    if (field) field.resolve = (source, args) => source[name]?.(args);
  }
  return schema;
}
