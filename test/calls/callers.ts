import type { App } from '../../src/app.js';
import type { CallResult } from '../../src/calls/call-types.js';

export type Refusal = { refused: string; status: number };
export type CallAnswer = Pick<
  CallResult,
  'callId' | 'outcome' | 'result' | 'status' | 'replayed' | 'request' | 'error'
>;
export type CallOptions = { key?: string; agent?: string };

/** Calls over REST, as one tenant. */
export function aCaller({ server }: Pick<App, 'server'>, tenant = 'acme') {
  const headers = { 'x-tenantid': tenant, 'x-appid': 'shop' };
  const post = async (url: string, payload: object) => {
    const answer = await server.inject({ method: 'POST', url: `/tools${url}`, headers, payload });
    return { status: answer.statusCode, body: answer.json() };
  };
  /** A body as it is written, which may be no JSON. */
  const postText = async (url: string, payload: string) => {
    const type = { 'content-type': 'application/json' };
    const answer = await server.inject({
      ...{ method: 'POST', url: `/tools${url}`, payload },
      headers: { ...headers, ...type },
    });
    return { status: answer.statusCode, body: answer.json() };
  };
  const ask = async (query: string, variables: object = {}) => {
    const payload = { query, variables };
    const answer = await server.inject({ method: 'POST', url: '/graphql', headers, payload });
    return answer.json();
  };
  const toAnswer = ({ status, body }: { status: number; body: Record<string, unknown> }) => {
    if (status !== 200) return { refused: JSON.stringify(body.detail), status };
    const { call_id: callId, ...rest } = body;
    return { callId, ...rest } as CallAnswer;
  };
  return {
    post,
    postText,
    ask,
    /** Syncs a document and gives the ids of its endpoints by name. */
    sync: async (document: object, settings: object = {}) => {
      const payload = { swagger_json: document, ...settings };
      const { status, body } = await post('/sync-swagger', payload);
      if (status !== 200) throw new Error(JSON.stringify(body));
      const listed = await server.inject({
        url: '/tools/api/endpoints',
        headers: { ...headers, 'x-apiid': body.api_id },
      });
      const endpoints: { id: string; name: string }[] = listed.json();
      const ids = Object.fromEntries(endpoints.map(({ id, name }) => [name, id]));
      return { apiId: body.api_id as string, ids };
    },
    assign: (agent: string, endpointIds: string[]) =>
      post(`/agents/${agent}/tools`, { endpoint_ids: endpointIds }),
    call: async (name: string, args: object = {}, { key, agent = 'atlas' }: CallOptions = {}) =>
      toAnswer(
        await post(`/agents/${agent}/tools/${name}/call`, {
          arguments: args,
          ...(key === undefined ? {} : { idempotency_key: key }),
        }),
      ),
    test: async (id: string, parameters: object = {}) =>
      toAnswer(await post(`/api/endpoints/${id}/test`, { parameters })),
    calls: async (filter = '') => {
      const { data, errors } = await ask(
        `{ calls${filter && `(${filter})`} { totalCount pageInfo { hasNextPage endCursor } nodes { id agentId toolName
          endpointId idempotencyKey arguments request { url headers body curl } outcome status error { code message }
          durationMs attempts startedAt finishedAt } } }`,
      );
      if (errors) throw new Error(JSON.stringify(errors));
      return data.calls as {
        totalCount: number;
        pageInfo: { hasNextPage: boolean; endCursor: string };
        nodes: (Record<string, unknown> & { id: string; outcome: string; toolName: string })[];
      };
    },
  };
}

/** An answer that is no refusal. */
export function made(answer: CallAnswer | Refusal): CallAnswer {
  if ('refused' in answer) throw new Error(`${answer.status}: ${answer.refused}`);
  return answer;
}

/** A document of an API at this origin: one GET and one POST of things, the same that wait, and one that fails. */
export function aThingsDocument(origin: string, extra: object = {}) {
  const id = { name: 'id', in: 'path', required: true, schema: { type: 'string' } };
  const tag = { name: 'tag', in: 'query', schema: { type: 'string' } };
  const schema = {
    type: 'object',
    required: ['name'],
    properties: { name: { type: 'string' }, password: { type: 'string' } },
  };
  const requestBody = { required: true, content: { 'application/json': { schema } } };
  const responses = { 200: { description: 'OK' } };
  return {
    openapi: '3.1.0',
    info: { title: 'Things', version: '1' },
    servers: [{ url: origin }],
    paths: {
      '/things/{id}': { get: { operationId: 'getThing', parameters: [id, tag], responses } },
      '/things': { post: { operationId: 'makeThing', requestBody, responses } },
      '/held': {
        get: { operationId: 'readSlowly', responses },
        post: { operationId: 'makeSlowly', requestBody, responses },
      },
      '/status/404': { get: { operationId: 'getNothing', responses } },
    },
    ...extra,
  };
}
