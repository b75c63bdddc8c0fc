import { randomUUID } from 'node:crypto';
import { type Dispatcher, request } from 'undici';

/**
 * A call of a tool, the request that its upstream gets without Toolgraph, and that request by way of a bare forwarder.
 * Each throws unless it went well.
 */
export type CallPair = {
  direct(): Promise<void>;
  forwarded(): Promise<void>;
  called(): Promise<void>;
};
export type Origins = { upstream: string; forwarder: string; server: string };

/** One way to call a tool: one whose upstream answers at once, and a `slow` one. */
export type CallCase = CallPair & { name: string; slow: CallPair };

type Operation = {
  tool: string;
  method: 'GET' | 'POST';
  path: string;
  args: object;
  body?: object;
};
type Json = Record<string, unknown>;

const agent = 'bench';
const tenantHeaders = { 'x-tenantId': 'bench', 'x-appId': 'bench' };
const jsonHeaders = { 'content-type': 'application/json' };

const order = { itemId: 7, quantity: 2, note: 'Leave it at the door' };
const safe: Operation = {
  tool: 'getItem',
  method: 'GET',
  path: '/items/7?view=full',
  args: { id: 7, view: 'full' },
};
const unsafe: Operation = {
  tool: 'createOrder',
  method: 'POST',
  path: '/orders',
  args: order,
  body: order,
};

const kinds: { name: string; operation: Operation; isKeyed?: boolean }[] = [
  { name: 'safe GET', operation: safe },
  { name: 'safe GET, fresh key', operation: safe, isKeyed: true },
  { name: 'unsafe POST', operation: unsafe },
];

const mutation = `mutation Call($agentId: ID!, $name: String!, $arguments: JSON, $idempotencyKey: String) {
  callTool(agentId: $agentId, name: $name, arguments: $arguments, idempotencyKey: $idempotencyKey) {
    callId outcome status result error { code message } durationMs replayed
  }
}`;

/** Every kind of call over both transports. */
export function callCases(
  dispatcher: Dispatcher,
  { upstream, forwarder, server }: Origins,
): CallCase[] {
  const post = (url: string, body: object) =>
    askJson(dispatcher, server + url, { method: 'POST', body, headers: tenantHeaders });
  const transports: { name: string; call(operation: Operation, key?: string): Promise<void> }[] = [
    {
      name: 'REST',
      call: async ({ tool, args }, key) => {
        const url = `/tools/agents/${agent}/tools/${tool}/call`;
        requireOk(await post(url, { arguments: args, idempotency_key: key }));
      },
    },
    {
      name: 'GraphQL',
      call: async ({ tool: name, args }, idempotencyKey) => {
        const variables = { agentId: agent, name, arguments: args, idempotencyKey };
        const answer = await post('/graphql', { query: mutation, variables });
        requireOk((answer.data as Json | null)?.callTool ?? answer);
      },
    },
  ];
  return transports.flatMap((transport) =>
    kinds.map(({ name, operation, isKeyed }) => {
      const pair = ({ method, path, body, ...rest }: Operation): CallPair => ({
        direct: async () => {
          await askJson(dispatcher, upstream + path, { method, body });
        },
        forwarded: async () => {
          await askJson(dispatcher, forwarder + path, { method, body });
        },
        called: () =>
          transport.call({ method, path, body, ...rest }, isKeyed ? randomUUID() : undefined),
      });
      const slow = {
        ...operation,
        tool: `${operation.tool}Slowly`,
        path: `/slow${operation.path}`,
      };
      return { name: `${transport.name}, ${name}`, ...pair(operation), slow: pair(slow) };
    }),
  );
}

/** Puts the upstream's operations into the catalog and assigns them to the agent that calls them. */
export async function offerTools(
  dispatcher: Dispatcher,
  { upstream, server }: Pick<Origins, 'upstream' | 'server'>,
): Promise<void> {
  const ask = (url: string, options: AskOptions) =>
    askJson(dispatcher, `${server}/tools${url}`, {
      ...options,
      headers: { ...tenantHeaders, ...options.headers },
    });
  const document = { ...upstreamDocument, servers: [{ url: upstream }] };
  const { api_id: apiId } = await ask('/sync-swagger', {
    method: 'POST',
    body: { swagger_json: document },
  });
  const endpoints = await ask('/api/endpoints', {
    method: 'GET',
    headers: { 'x-apiId': String(apiId) },
  });
  // The route answers with a list of endpoints.
  const ids = (endpoints as unknown as { id: string }[]).map(({ id }) => id);
  await ask(`/agents/${agent}/tools`, { method: 'POST', body: { endpoint_ids: ids } });
}

type AskOptions = { method: 'GET' | 'POST'; body?: object; headers?: Record<string, string> };

async function askJson(
  dispatcher: Dispatcher,
  url: string,
  { method, body, headers }: AskOptions,
): Promise<Json> {
  const response = await request(url, {
    dispatcher,
    method,
    headers: body ? { ...jsonHeaders, ...headers } : headers,
    body: body && JSON.stringify(body),
  });
  const text = await response.body.text();
  if (response.statusCode !== 200)
    throw new Error(`${url} answered ${response.statusCode}: ${text}`);
  return JSON.parse(text) as Json;
}

function requireOk(call: unknown): void {
  const { outcome, result } = call as { outcome?: string; result?: { id?: number } };
  if (outcome !== 'OK' || result?.id !== 7)
    throw new Error(`A call failed: ${JSON.stringify(call)}`);
}

const answers = { 200: { description: 'An item' } };
const quick = {
  '/items/{id}': {
    get: {
      operationId: 'getItem',
      parameters: [
        { name: 'id', in: 'path', required: true, schema: { type: 'integer' } },
        { name: 'view', in: 'query', schema: { type: 'string', enum: ['short', 'full'] } },
      ],
      responses: answers,
    },
  },
  '/orders': {
    post: {
      operationId: 'createOrder',
      requestBody: {
        required: true,
        content: {
          'application/json': {
            schema: {
              type: 'object',
              required: ['itemId', 'quantity'],
              properties: {
                itemId: { type: 'integer' },
                quantity: { type: 'integer', minimum: 1 },
                note: { type: 'string' },
              },
            },
          },
        },
      },
      responses: answers,
    },
  },
};
const slow = {
  '/slow/items/{id}': { get: { ...quick['/items/{id}'].get, operationId: 'getItemSlowly' } },
  '/slow/orders': { post: { ...quick['/orders'].post, operationId: 'createOrderSlowly' } },
};
const upstreamDocument = {
  openapi: '3.1.0',
  info: { title: 'Shop', version: '1' },
  paths: { ...quick, ...slow },
};
