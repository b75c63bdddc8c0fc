import { agentId, tenant } from './reads-catalog.js';

export type ReadRequest = {
  method: 'GET' | 'POST' | 'PATCH';
  path: string;
  body: string | null;
  headers?: Record<string, string>;
};

export const contenders = ['toolgraph', 'apollo', 'postgraphile', 'bytes'] as const;
export type ContenderName = (typeof contenders)[number];

/** One question, as each contender that can answer it is asked. */
export type ReadCase = {
  name: string;
  file: string;
  requests: Partial<Record<ContenderName, ReadRequest>>;
};

export const headers = {
  'content-type': 'application/json',
  'x-tenantid': tenant,
  'x-appid': 'shop',
};

const toolFields = `id name description inputSchema outputSchema enabled method path tags deprecated`;
const parameterFields = `name argument type location required inPath inQuery inBody defaultValue description schema`;
const endpointFields = `name method path description enabled operationId tags deprecated`;

const agentTools = `query AgentTools($agentId: ID!) {
  agent(id: $agentId) {
    id
    tools(first: 100) { totalCount nodes { kind ${toolFields.replace('enabled', 'enabled ... on Endpoint {')} } } }
  }
}`;

const agentToolsOfTables = `query AgentTools($tenant: String!, $agentId: String!) {
  assignments: allAgentToolAssignments(condition: { tenantId: $tenant, agentId: $agentId }, first: 100) {
    totalCount
    nodes { endpoint: endpointByTenantIdAndEndpointId { ${toolFields.replace('id', 'id: rowId')} } }
  }
}`;

const nested = `query Endpoints($apiId: ID!) {
  api(id: $apiId) {
    id
    name
    endpoints(first: 1000) {
      totalCount
      nodes { id ${endpointFields} parameters { id ${parameterFields} } }
    }
  }
}`;

const nestedOfTables = `query Endpoints($tenant: String!, $apiId: UUID!) {
  api: apiByTenantIdAndRowId(tenantId: $tenant, rowId: $apiId) {
    id: rowId
    name
    endpoints: endpointsByTenantIdAndApiId(first: 1000) {
      totalCount
      nodes {
        id: rowId ${endpointFields}
        parameters: parametersByTenantIdAndEndpointId { nodes { id: rowId ${parameterFields} } }
      }
    }
  }
}`;

export function readCases(apiId: string): ReadCase[] {
  const agent = post(agentTools, { agentId });
  const list = post(nested, { apiId });
  return [
    {
      name: "GraphQL: an agent's 100 tools",
      file: 'agent.json',
      requests: {
        toolgraph: agent,
        apollo: agent,
        postgraphile: post(agentToolsOfTables, { tenant, agentId }),
        bytes: get('/agent.json'),
      },
    },
    {
      name: 'GraphQL: 1,000 endpoints with 5,000 parameters',
      file: 'nested.json',
      requests: {
        toolgraph: list,
        apollo: list,
        postgraphile: post(nestedOfTables, { tenant, apiId }),
        bytes: get('/nested.json'),
      },
    },
    {
      name: "REST: an agent's 100 tools",
      file: 'rest-agent.json',
      requests: {
        toolgraph: get(`/tools/agents/${agentId}/tools`),
        bytes: get('/rest-agent.json'),
      },
    },
    {
      name: 'REST: 1,000 endpoints',
      file: 'rest-endpoints.json',
      requests: {
        toolgraph: listEndpoints(apiId),
        bytes: get('/rest-endpoints.json'),
      },
    },
  ];
}

/** Every endpoint of an API, over REST. */
export function listEndpoints(apiId: string): ReadRequest {
  return { ...get('/tools/api/endpoints'), headers: { 'x-apiid': apiId } };
}

function get(path: string): ReadRequest {
  return { method: 'GET', path, body: null };
}

function post(query: string, variables: Record<string, unknown>): ReadRequest {
  return { method: 'POST', path: '/graphql', body: JSON.stringify({ query, variables }) };
}
