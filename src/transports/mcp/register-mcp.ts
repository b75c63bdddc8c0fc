import { classifyInboundRequest } from '@modelcontextprotocol/server';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { requireScope } from '../../access/require-scope.js';
import { AgentIdInput } from '../../agents/agent-id.js';
import { type Context, scopes } from '../../context.js';
import { AppError } from '../../errors.js';
import { refuseRebinding } from '../refuse-rebinding.js';
import { createEndpointParts, type EndpointParts } from './endpoint-parts.js';
import type { Exchange } from './exchange.js';
import type { McpDeps } from './mcp-deps.js';
import { toRpcError } from './mcp-errors.js';
import { requireMediaTypes, requireStreamAccepted } from './media-types.js';
import { findId, readJson, readMessage } from './read-message.js';
import { challenge, metadataPath, resourceMetadata } from './resource-metadata.js';
import { errorText, type RequestId, RpcError, rpcCodes } from './rpc-message.js';
import { serveSessionMessage } from './serve-session-message.js';
import { serveStatelessMessage } from './serve-stateless-message.js';
import { serveStream } from './serve-stream.js';
import { assumedVersion, sessionVersions, statelessVersions } from './server-info.js';
import type { EndpointSession } from './session-store.js';

const url = '/agents/:agentId/mcp';

/** The MCP endpoint of every agent (Streamable HTTP), and what its tokens are. */
export async function registerMcp(app: FastifyInstance, deps: McpDeps): Promise<void> {
  const parts = createEndpointParts(deps);
  await app.register(async (scope) => registerRoutes(scope, parts));
}

function registerRoutes(app: FastifyInstance, parts: EndpointParts): void {
  const { deps, streams } = parts;
  const options = { bodyLimit: deps.limits.maxBodyBytes };
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
  app.addHook('onRequest', async (request, reply) => {
    reply.header('x-request-id', request.id).header('cache-control', 'no-store');
    refuseRebinding(request.headers, deps.settings);
  });
  app.setErrorHandler((error, request, reply) => sendError(error, request, reply, parts));
  app.post(url, options, (request, reply) => post(request, reply, parts));
  app.get(url, { exposeHeadRoute: false }, (request, reply) => get(request, reply, parts));
  app.delete(url, async (request, reply) => {
    const exchange = await sessionExchange(request, parts);
    await parts.sessions.end(exchange.session);
    return reply.code(204).send();
  });
  app.route({
    method: ['PUT', 'PATCH', 'HEAD', 'OPTIONS'],
    url,
    handler: ({ method }) => {
      throw methodNotAllowed(`${method} is not supported. Expected POST, GET or DELETE.`);
    },
  });
  app.get(`${metadataPath}${url}`, async (request) => {
    if (!deps.settings.auth) {
      const message = 'This server asks for no tokens: there is nothing to say of them.';
      throw new RpcError(rpcCodes.refused, message, { status: 404 });
    }
    return resourceMetadata(request, agentIdOf(request), deps.settings);
  });
  app.addHook('preClose', async () => streams.close());
  app.addHook('onClose', () => parts[Symbol.asyncDispose]());
}

async function post(
  request: FastifyRequest,
  reply: FastifyReply,
  parts: EndpointParts,
): Promise<unknown> {
  const ctx = await parts.deps.contextFor(request);
  requireMediaTypes(request.headers);
  const value = readJson(request.body);
  ids.set(request, findId(value));
  const message = readMessage(value);
  if (message === null) return reply.code(202).send();
  const outcome = classifyInboundRequest({
    httpMethod: 'POST',
    protocolVersionHeader: header(request, 'mcp-protocol-version'),
    mcpMethodHeader: header(request, 'mcp-method'),
    mcpNameHeader: header(request, 'mcp-name'),
    body: value,
  });
  if (outcome.kind === 'reject') {
    const { code, data, httpStatus: status } = outcome;
    throw new RpcError(code, outcome.message, { status, data });
  }
  if (outcome.kind === 'modern') {
    const protocolVersion = outcome.classification.revision ?? '';
    const exchange = { ...exchangeOf(request, ctx), protocolVersion };
    return serveStatelessMessage(request, reply, exchange, outcome, parts);
  }
  const exchange = exchangeOf(request, ctx);
  if (message.method !== 'initialize') {
    exchange.session = await findSession(request, ctx, exchange.agentId, parts);
    exchange.protocolVersion = versionOf(request, exchange.session);
  }
  return serveSessionMessage(reply, exchange, message, parts);
}

async function get(
  request: FastifyRequest,
  reply: FastifyReply,
  parts: EndpointParts,
): Promise<unknown> {
  if (statelessVersions.includes(header(request, 'mcp-protocol-version') ?? '')) {
    throw methodNotAllowed('This revision has no GET: POST "subscriptions/listen".');
  }
  const exchange = await sessionExchange(request, parts, () =>
    requireStreamAccepted(request.headers),
  );
  requireScope(exchange.ctx.actor, scopes.read);
  await serveStream(request, reply, exchange, parts);
  return reply;
}

async function sessionExchange(
  request: FastifyRequest,
  parts: EndpointParts,
  check: () => void = () => {},
): Promise<Exchange & { session: EndpointSession }> {
  const ctx = await parts.deps.contextFor(request);
  check();
  const exchange = exchangeOf(request, ctx);
  const session = await findSession(request, ctx, exchange.agentId, parts);
  if (!session) {
    const message = 'The header Mcp-Session-Id is missing: POST "initialize" to begin a session.';
    throw new RpcError(rpcCodes.invalidRequest, message, { status: 400 });
  }
  return { ...exchange, session, protocolVersion: versionOf(request, session) };
}

function exchangeOf(request: FastifyRequest, ctx: Context): Exchange {
  const { local } = request.query as { local?: unknown };
  const withLocal = local === '1' || local === 'true';
  return { ctx, agentId: agentIdOf(request), session: null, protocolVersion: '', withLocal };
}

function agentIdOf(request: FastifyRequest): string {
  const parsed = AgentIdInput.safeParse((request.params as { agentId: string }).agentId);
  if (parsed.success) return parsed.data;
  const message = `The agent id in the path is none: ${parsed.error.issues[0]?.message}.`;
  throw new RpcError(rpcCodes.invalidRequest, message, { status: 400 });
}

/** Null for a request without a session. Throws RpcError (404) for one of which there is none for this caller. */
async function findSession(
  request: FastifyRequest,
  { actor }: Context,
  agentId: string,
  { sessions }: EndpointParts,
): Promise<EndpointSession | null> {
  const id = header(request, 'mcp-session-id');
  if (id === undefined) return null;
  const session = await sessions.find(actor, agentId, id);
  if (session) return session;
  const message =
    'There is no such session. POST "initialize" without Mcp-Session-Id to begin one.';
  throw new RpcError(rpcCodes.sessionNotFound, message, { status: 404 });
}

/** Throws RpcError (400) for a revision that is not served. */
function versionOf(request: FastifyRequest, session: EndpointSession | null): string {
  const asked = header(request, 'mcp-protocol-version');
  if (asked === undefined || sessionVersions.includes(asked)) {
    return session?.protocolVersion ?? asked ?? assumedVersion;
  }
  const served = [...statelessVersions, ...sessionVersions].join(', ');
  const message = `MCP-Protocol-Version "${asked.slice(0, 50)}" is not supported. Supported: ${served}.`;
  throw new RpcError(rpcCodes.refused, message, { status: 400 });
}

function header({ headers }: FastifyRequest, name: string): string | undefined {
  const value = headers[name];
  return Array.isArray(value) ? value.join(', ') : value;
}

function methodNotAllowed(message: string): RpcError {
  const headers = { allow: 'POST, GET, DELETE' };
  return new RpcError(rpcCodes.refused, message, { status: 405, headers });
}

/** Ids of the requests that are being answered, for their errors. */
const ids = new WeakMap<FastifyRequest, RequestId | null>();

function sendError(
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
  { deps }: EndpointParts,
): FastifyReply {
  const { logger, settings } = deps;
  const rpcError = toRpcError(error, { logger, requestId: request.id });
  const scope = error instanceof AppError ? error.details.scope : undefined;
  const { agentId = '' } = request.params as { agentId?: string };
  if (settings.auth && (rpcError.status === 401 || typeof scope === 'string')) {
    const missing = typeof scope === 'string' ? scope : null;
    reply.header('www-authenticate', challenge(request, agentId, settings, missing));
  }
  return reply
    .code(rpcError.status)
    .headers(rpcError.headers)
    .type('application/json')
    .send(errorText(ids.get(request) ?? null, rpcError));
}
