import type { AddressInfo } from 'node:net';
import {
  Client,
  type ClientOptions,
  StreamableHTTPClientTransport,
} from '@modelcontextprotocol/client';
import type { App } from '../../../src/app.js';
import { aCaller } from '../../calls/callers.js';
import { aTestApp, type TestAppOptions } from '../../support/test-app.js';
import { startUpstream, type Upstream } from '../../support/upstream.js';

export type Rpc = {
  status: number;
  headers: Headers;
  /** The JSON of the body; undefined where there is none. */
  // biome-ignore lint/suspicious/noExplicitAny: what came over the wire is looked at by tests.
  body: any;
};

export type RpcOptions = {
  headers?: Record<string, string>;
  agent?: string;
  method?: string;
  query?: string;
};

export type McpApp = AsyncDisposable & {
  app: App;
  origin: string;
  upstream: Upstream;
  /** The endpoint of an agent. */
  url(agent?: string): URL;
  /** Sends a body as it is, as the app `shop` of the tenant `acme` unless headers say otherwise. */
  send(body: string | Buffer, options?: RpcOptions): Promise<Rpc>;
  /** Sends one JSON-RPC request. */
  rpc(method: string, params?: object, options?: RpcOptions): Promise<Rpc>;
  /** Begins a session; the headers of its requests. */
  begin(version?: string, options?: RpcOptions): Promise<Record<string, string>>;
  /** The SDK's client, connected. */
  connect(options?: ClientOptions, agent?: string): Promise<Client & AsyncDisposable>;
};

export const caller = { 'x-tenantid': 'acme', 'x-appid': 'shop' };

/** Operations of the upstream: `/status/…`, `/held`, `/text` and others that tell what they were sent. */
export function aPetDocument(origin: string): Record<string, unknown> {
  const ok = (schema?: object) => ({
    200: {
      description: 'OK',
      ...(schema ? { content: { 'application/json': { schema } } } : {}),
    },
  });
  const seen = {
    type: 'object',
    required: ['method', 'url'],
    properties: { method: { type: 'string' }, url: { type: 'string' } },
  };
  const wrong = { type: 'object', required: ['age'], properties: { age: { type: 'integer' } } };
  const body = {
    content: {
      'application/json': { schema: { type: 'object', properties: { name: { type: 'string' } } } },
    },
  };
  const query = [{ name: 'size', in: 'query', schema: { type: 'integer', minimum: 1 } }];
  return {
    openapi: '3.1.0',
    info: { title: 'Pets', version: '1' },
    servers: [{ url: origin }],
    paths: {
      '/pets': {
        get: { operationId: 'listPets', summary: 'All pets', parameters: query, responses: ok() },
        post: {
          operationId: 'addPet',
          description: 'Adds a pet.',
          requestBody: body,
          responses: ok(),
        },
        put: { operationId: 'putPet', requestBody: body, responses: ok() },
        delete: { operationId: 'dropPet', responses: ok() },
        patch: {
          operationId: 'patchPet',
          requestBody: body,
          responses: ok(),
          'x-mcp-annotations': { destructiveHint: false, openWorldHint: false },
        },
      },
      '/typed': { get: { operationId: 'typedPet', responses: ok(seen) } },
      '/wrong': { get: { operationId: 'wrongPet', responses: ok(wrong) } },
      '/list': { get: { operationId: 'petNames', responses: ok({ type: 'array' }) } },
      '/status/404': { get: { operationId: 'lostPet', responses: ok() } },
      '/text': { get: { operationId: 'petText', responses: ok() } },
      '/held': { get: { operationId: 'heldPet', responses: ok() } },
    },
  };
}

/** The application on a port of its own; the agent `atlas` of the tenant `acme` has every operation of `aPetDocument`. */
export async function anMcpApp({ env, ...options }: TestAppOptions = {}): Promise<McpApp> {
  await using stack = new AsyncDisposableStack();
  const upstream = stack.use(await startUpstream());
  const app = stack.use(await aTestApp({ ...options, env: { EGRESS_ALLOW: '127.0.0.1', ...env } }));
  const served = await serve(app);
  const held = stack.move();
  return { ...served, upstream, [Symbol.asyncDispose]: () => held.disposeAsync() };
}

/** Syncs `aPetDocument` and gives all of it to an agent; ids by name. */
export async function givePets(
  app: App,
  origin: string,
  { tenant = 'acme', agent = 'atlas' } = {},
) {
  const as = aCaller(app, tenant);
  const { ids } = await as.sync(aPetDocument(origin));
  await as.assign(agent, Object.values(ids));
  return ids;
}

/** Lets an application listen and talks to it. */
export async function serve(app: App): Promise<Omit<McpApp, 'upstream'>> {
  await app.server.listen({ host: '127.0.0.1', port: 0 });
  const origin = `http://127.0.0.1:${(app.server.server.address() as AddressInfo).port}`;
  const url = (agent = 'atlas', query = '') => new URL(`${origin}/agents/${agent}/mcp${query}`);
  const send: McpApp['send'] = async (body, { headers, agent, method = 'POST', query } = {}) => {
    const answer = await fetch(url(agent, query), {
      method,
      headers: {
        ...caller,
        'content-type': 'application/json',
        accept: 'application/json, text/event-stream',
        ...headers,
      },
      ...(method === 'POST' ? { body: new Uint8Array(Buffer.from(body)) } : {}),
    });
    const text = await answer.text();
    return { status: answer.status, headers: answer.headers, body: parse(text) };
  };
  let ids = 0;
  const rpc: McpApp['rpc'] = (method, params, options) => {
    ids += 1;
    return send(JSON.stringify({ jsonrpc: '2.0', id: ids, method, params }), options);
  };
  return {
    app,
    origin,
    url,
    send,
    rpc,
    begin: async (version = '2025-11-25', options = {}) => {
      const params = {
        protocolVersion: version,
        capabilities: {},
        clientInfo: { name: 't', version: '1' },
      };
      const { headers } = await rpc('initialize', params, options);
      const id = headers.get('mcp-session-id') ?? '';
      return { ...options.headers, 'mcp-session-id': id, 'mcp-protocol-version': version };
    },
    connect: async (options = {}, agent = 'atlas') => {
      const client = new Client({ name: 'test', version: '1' }, options);
      const requestInit = { headers: caller };
      await client.connect(new StreamableHTTPClientTransport(url(agent), { requestInit }));
      return Object.assign(client, { [Symbol.asyncDispose]: () => client.close() });
    },
    [Symbol.asyncDispose]: () => app[Symbol.asyncDispose](),
  };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text === '' ? undefined : text;
  }
}
