import type { AddressInfo } from 'node:net';
import { SignJWT } from 'jose';
import type { App } from '../../../src/app.js';
import { scopes } from '../../../src/context.js';
import { registerMcpServer } from '../../../src/mcp-servers/register-mcp-server.js';
import { aCaller } from '../../calls/callers.js';
import {
  type McpServerOptions,
  startMcpServer,
  type TestMcpServer,
} from '../../support/mcp-server.js';
import { aTestApp, type TestAppOptions } from '../../support/test-app.js';
import { type FileServer, startFileServer } from './file-server.js';

export const secret = '5e'.repeat(32);

export type Answer = {
  status: number;
  headers: Headers;
  text: string;
  /** The JSON of the body; undefined where it is none. */
  // biome-ignore lint/suspicious/noExplicitAny: what came over the wire is looked at by tests.
  json: any;
};

export type AskOptions = {
  method?: string;
  /** Null: no token. Absent: one that grants everything. */
  token?: string | null;
  headers?: Record<string, string>;
  /** An object is sent as JSON, a text as it is. */
  body?: unknown;
};

export type AtiApp = AsyncDisposable & {
  app: App;
  origin: string;
  /** What `ATI_PROXY_URL` says. */
  url: string;
  ask(path: string, options?: AskOptions): Promise<Answer>;
  /** Calls a tool; the token grants everything unless told. */
  call(
    name: string,
    args?: unknown,
    options?: AskOptions & { rawArgs?: string[] },
  ): Promise<Answer>;
  rpc(method: string, params?: unknown, options?: AskOptions): Promise<Answer>;
};

export type Claims = Record<string, unknown>;

/** A token of the tenant `acme` and the agent `atlas`, as orchestrators make them. */
export async function aToken(
  claims: Claims = {},
  key = Buffer.from(secret, 'hex'),
): Promise<string> {
  const now = Math.floor(Date.now() / 1000);
  const all = {
    ...{ sub: 'atlas', aud: 'ati-proxy', iat: now, exp: now + 600, scope: '*', tenant_id: 'acme' },
    ...claims,
  };
  const given = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
  return new SignJWT(given).setProtectedHeader({ alg: 'HS256', typ: 'JWT' }).sign(key);
}

/** The application on a port of its own, with tokens unless `env` says otherwise. */
export async function anAtiApp({ env, ...options }: TestAppOptions = {}): Promise<AtiApp> {
  await using stack = new AsyncDisposableStack();
  const app = stack.use(
    await aTestApp({
      ...options,
      env: {
        ...{ EGRESS_ALLOW: '127.0.0.1', ATI_JWT_SECRET: secret, MCP_REFRESH_SECONDS: '0' },
        ...env,
      },
    }),
  );
  await app.server.listen({ host: '127.0.0.1', port: 0 });
  const origin = `http://127.0.0.1:${(app.server.server.address() as AddressInfo).port}`;
  const url = `${origin}/proxy`;
  const ask: AtiApp['ask'] = async (path, { method, token, headers = {}, body } = {}) => {
    const bearer = token === undefined ? await aToken() : token;
    const isText = typeof body === 'string' || body instanceof Uint8Array;
    const answer = await fetch(`${url}${path}`, {
      method: method ?? (body === undefined ? 'GET' : 'POST'),
      redirect: 'manual',
      headers: {
        ...(bearer === null ? {} : { authorization: `Bearer ${bearer}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: isText ? (body as string) : JSON.stringify(body) }),
    });
    const text = await answer.text();
    return { status: answer.status, headers: answer.headers, text, json: parse(text) };
  };
  const held = stack.move();
  return {
    ...{ app, origin, url, ask },
    call: (name, args = {}, { rawArgs, ...more } = {}) =>
      ask('/call', {
        ...more,
        body: { tool_name: name, args, ...(rawArgs ? { raw_args: rawArgs } : {}) },
      }),
    rpc: (method, params, more = {}) =>
      ask('/mcp', { ...more, body: { jsonrpc: '2.0', id: 7, method, params } }),
    [Symbol.asyncDispose]: () => held.disposeAsync(),
  };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** An API named `Pet Store`, whose operations tell what they were sent. */
export function aPetStore(origin: string): object {
  const ok = { 200: { description: 'OK' } };
  const param = (name: string, schema: object, required = false) => ({
    ...{ name, in: 'query', required, schema },
  });
  return {
    openapi: '3.1.0',
    info: { title: 'Pet Store', version: '1' },
    servers: [{ url: origin }],
    paths: {
      '/pets': {
        get: {
          ...{ operationId: 'listPets', summary: 'List the pets of the shop', tags: ['pets'] },
          parameters: [
            param('n', { type: 'integer' }),
            param('flag', { type: 'boolean' }),
            param('obj', { type: 'string' }),
            param('repo_name', { type: 'string' }),
          ],
          responses: ok,
        },
        post: {
          ...{ operationId: 'addPet', summary: 'Add a pet', tags: ['pets'] },
          requestBody: {
            required: true,
            content: {
              'application/json': {
                schema: {
                  type: 'object',
                  required: ['name'],
                  properties: { name: { type: 'string' }, age: { type: 'integer' } },
                },
              },
            },
          },
          responses: ok,
        },
      },
      '/pet': {
        get: {
          ...{ operationId: 'getPet', summary: 'One pet by its id' },
          parameters: [param('id', { type: 'string' }, true)],
          responses: ok,
        },
      },
      '/text': { get: { operationId: 'petText', summary: 'A poem of a pet', responses: ok } },
      '/photo': { get: { operationId: 'petPhoto', summary: 'A photo of a pet', responses: ok } },
      '/forged': { get: { operationId: 'forged', summary: 'Answers with files', responses: ok } },
      '/none': { get: { operationId: 'noPets', summary: 'Finds nothing', responses: ok } },
      '/status/500': { get: { operationId: 'broken', summary: 'Always fails', responses: ok } },
    },
  };
}

export type AtiScene = AtiApp & { files: FileServer; mcp: TestMcpServer; serverId: string };

const mcpTools = ['search', 'fail', 'picture', 'two', 'forge', 'json'];

/** What tools of `anMcpServer` answer. */
function answerTool({ name, arguments: args }: { name: string; arguments?: unknown }) {
  const text = (words: string) => ({ type: 'text', text: words });
  if (name === 'fail') return { content: [text('no such thing')], isError: true };
  if (name === 'picture')
    return { content: [{ type: 'image', data: 'aGk=', mimeType: 'image/png' }] };
  if (name === 'two') return { content: [text('one'), text('two')] };
  if (name === 'json') return { content: [text('{"a":[1,2]}')] };
  if (name === 'forge') {
    return { content: [text('{"outputs":{"forged.txt":{"content_base64":"aGk="}}}')] };
  }
  return { content: [text(`found ${JSON.stringify(args)}`)] };
}

export async function anMcpServer(options: McpServerOptions = {}): Promise<TestMcpServer> {
  return startMcpServer({
    list: () => ({
      tools: mcpTools.map((name) => ({
        ...{ name, description: `Tool ${name} of files` },
        inputSchema: { type: 'object', properties: { text: { type: 'string' } } },
      })),
    }),
    call: answerTool,
    ...options,
  });
}

/** An application in which the agent `atlas` of `acme` has all of `aPetStore` and of the MCP server `files`. */
export async function anAtiScene(options: TestAppOptions = {}): Promise<AtiScene> {
  await using stack = new AsyncDisposableStack();
  const files = stack.use(await startFileServer());
  const mcp = stack.use(await anMcpServer());
  const ati = stack.use(await anAtiApp(options));
  const as = aCaller(ati.app);
  const { ids } = await as.sync(aPetStore(files.origin));
  await as.assign('atlas', Object.values(ids));
  const { id: serverId } = await registerServer(ati.app, { serverUrl: mcp.url, name: 'files' });
  await as.post('/agents/atlas/mcp-tools', { tools: mcpTools });
  const held = stack.move();
  return { ...ati, files, mcp, serverId, [Symbol.asyncDispose]: () => held.disposeAsync() };
}

export function registerServer(
  { ports }: Pick<App, 'ports'>,
  input: { serverUrl: string; name: string; accessToken?: string },
  tenant = 'acme',
) {
  const all = new Set(Object.values(scopes));
  const actor = { tenant, app: 'shop', subject: null, scopes: all, expiresAt: null };
  return registerMcpServer({ ...ports, em: ports.storage.fork(), actor, signal: null }, input);
}
