import type { App } from '../../src/app.js';

export type SyncAnswer =
  | {
      outcome: string;
      apiId: string;
      added: number;
      updated: number;
      removed: number;
      contentHash: string;
      revision: string;
      warnings: { code: string; message: string }[];
    }
  | {
      conflict: string;
      agentIds: string[];
      changes: { kind: string; name: string; breaking: boolean }[];
    }
  | { refused: string };

export type SyncOptions = { apiId?: string; name?: string; strategy?: string };
export type ListedTool = { id: string; name: string; description: string | null };

/** What a caller does with the catalog, over one transport: the same test runs over each of them. */
export type CatalogClient = {
  sync(document: unknown, options?: SyncOptions): Promise<SyncAnswer>;
  endpoints(apiId: string): Promise<ListedTool[]>;
  assign(agentId: string, endpointIds: string[]): Promise<{ refused?: string }>;
  unassign(agentId: string, endpointIds: string[]): Promise<{ refused?: string }>;
  tools(agentId: string): Promise<{ revision: string; tools: ListedTool[] }>;
  edit(
    endpointId: string,
    edit: { name?: string; description?: string; enabled?: boolean },
  ): Promise<{ refused?: string }>;
};

type RestDetail = string | { msg: string }[];

export function restClient({ server }: App, tenant: string): CatalogClient {
  const ask = async (
    method: 'GET' | 'POST' | 'PATCH' | 'DELETE',
    url: string,
    payload?: object,
    more = {},
  ) => {
    const answer = await server.inject({
      method,
      url: `/tools${url}`,
      headers: { 'x-tenantid': tenant, 'x-appid': 'shop', ...more },
      ...(payload ? { payload } : {}),
    });
    return { status: answer.statusCode, body: answer.json() };
  };
  const refusal = ({ status, body }: { status: number; body: { detail: RestDetail } }) =>
    status < 400
      ? {}
      : {
          refused: [body.detail]
            .flat()
            .map((one) => (typeof one === 'string' ? one : one.msg))
            .join('; '),
        };
  return {
    sync: async (document, { apiId, ...options } = {}) => {
      const { status, body } = await ask(
        'POST',
        '/sync-swagger',
        { swagger_json: document, ...options },
        {
          ...(apiId ? { 'x-apiid': apiId } : {}),
        },
      );
      if (status === 409 && body.agents) {
        return {
          conflict: body.detail,
          agentIds: body.agents,
          changes: body.changes.map((change: { kind: string }) => ({
            ...change,
            kind: change.kind.toUpperCase(),
          })),
        };
      }
      if (status >= 400) return { refused: JSON.stringify(body.detail) };
      return {
        outcome: body.outcome.toUpperCase(),
        apiId: body.api_id,
        added: body.endpoints_added,
        updated: body.endpoints_updated,
        removed: body.endpoints_removed,
        contentHash: body.content_hash,
        revision: body.revision,
        warnings: body.warnings,
      };
    },
    endpoints: async (apiId) =>
      (await ask('GET', '/api/endpoints', undefined, { 'x-apiid': apiId })).body,
    assign: async (agentId, endpoint_ids) =>
      refusal(await ask('POST', `/agents/${agentId}/tools`, { endpoint_ids })),
    unassign: async (agentId, endpoint_ids) =>
      refusal(await ask('DELETE', `/agents/${agentId}/tools`, { endpoint_ids })),
    tools: async (agentId) => (await ask('GET', `/agents/${agentId}/tools`)).body,
    edit: async (id, edit) => refusal(await ask('PATCH', `/api/endpoints/${id}`, edit)),
  };
}

export function graphqlClient({ server }: App, tenant: string): CatalogClient {
  const ask = async (query: string, variables: object, more = {}) => {
    const answer = await server.inject({
      method: 'POST',
      url: '/graphql',
      headers: { 'x-tenantid': tenant, 'x-appid': 'shop', ...more },
      payload: { query, variables },
    });
    const { data, errors } = answer.json();
    return { data, refused: errors?.[0]?.message as string | undefined };
  };
  return {
    sync: async (document, options = {}) => {
      const { data, refused } = await ask(
        `mutation ($input: SyncApiInput!) { syncApi(input: $input) {
          ... on SyncApiSuccess { outcome api { id } added: endpointsAdded updated: endpointsUpdated
            removed: endpointsRemoved contentHash revision warnings { code message } }
          ... on SyncConflict { message agents { id } changes { kind name breaking } } } }`,
        { input: { source: { document }, ...options } },
      );
      if (refused) return { refused };
      const { api, agents, message, changes, ...rest } = data.syncApi;
      if (!agents) return { apiId: api.id, ...rest };
      return { conflict: message, agentIds: agents.map(({ id }: { id: string }) => id), changes };
    },
    endpoints: async (id) =>
      (
        await ask(
          `query ($id: ID!) { api(id: $id) { endpoints(first: 500) { nodes { id name description } } } }`,
          { id },
        )
      ).data.api.endpoints.nodes,
    assign: (agentId, endpointIds) =>
      ask(
        `mutation ($agentId: ID!, $endpointIds: [ID!]!) { assignTools(agentId: $agentId, endpointIds: $endpointIds) { id } }`,
        {
          agentId,
          endpointIds,
        },
      ),
    unassign: (agentId, endpointIds) =>
      ask(
        `mutation ($agentId: ID!, $endpointIds: [ID!]!) { unassignTools(agentId: $agentId, endpointIds: $endpointIds) { id } }`,
        {
          agentId,
          endpointIds,
        },
      ),
    tools: async (id) => {
      const { data } = await ask(
        `query ($id: ID!) { agent(id: $id) { catalogRevision tools(first: 500) { nodes { id name description } } } }`,
        { id },
      );
      return { revision: data.agent.catalogRevision, tools: data.agent.tools.nodes };
    },
    edit: (id, edit) =>
      ask(`mutation ($input: UpdateEndpointInput!) { updateEndpoint(input: $input) { id } }`, {
        input: { id, ...edit },
      }),
  };
}
