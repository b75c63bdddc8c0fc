import type { FastifyReply } from 'fastify';
import { isObject } from '../../openapi/plain-objects.js';
import type { EndpointParts } from './endpoint-parts.js';
import type { Exchange } from './exchange.js';
import { listTools } from './list-tools.js';
import { logLevels } from './log-levels.js';
import { toRpcError } from './mcp-errors.js';
import { type RequestId, RpcError, type RpcMessage, resultText, rpcCodes } from './rpc-message.js';
import { serveCall } from './serve-call.js';
import { capabilities, serverInfo, sessionVersions, takesEmptyEvents } from './server-info.js';

const json = 'application/json';

/** Answers a message of the revisions that begin with `initialize`. */
export async function serveSessionMessage(
  reply: FastifyReply,
  exchange: Exchange,
  message: RpcMessage,
  parts: EndpointParts,
): Promise<unknown> {
  const { id, method, params } = message;
  if (id === null) {
    await notice(exchange, method, params, parts);
    return reply.code(202).send();
  }
  switch (method) {
    case 'initialize':
      return initialize(reply, exchange, { id, params }, parts);
    case 'ping':
      return reply.type(json).send(resultText(id, {}));
    case 'tools/list': {
      const list = await listTools(exchange, params);
      const head = Buffer.from(`{"jsonrpc":"2.0","id":${JSON.stringify(id)},"result":{`);
      return reply.type(json).send(Buffer.concat([head, ...list, closing]));
    }
    case 'tools/call':
      return call(reply, exchange, { id, params }, parts);
    case 'logging/setLevel':
      await setLevel(exchange, params, parts);
      return reply.type(json).send(resultText(id, {}));
    default:
      throw new RpcError(
        rpcCodes.methodNotFound,
        `There is no method "${method.slice(0, 100)}" here. This server has tools only.`,
      );
  }
}

const closing = Buffer.from('}}');

async function initialize(
  reply: FastifyReply,
  { ctx, agentId }: Exchange,
  { id, params }: { id: RequestId; params: Record<string, unknown> },
  { sessions }: EndpointParts,
): Promise<unknown> {
  const { protocolVersion: asked, clientInfo, capabilities: clientCapabilities } = params;
  if (typeof asked !== 'string') {
    throw new RpcError(rpcCodes.invalidParams, '/protocolVersion: expected a string.');
  }
  if (!isObject(clientInfo) || !isObject(clientCapabilities)) {
    const missing = isObject(clientInfo) ? 'capabilities' : 'clientInfo';
    throw new RpcError(rpcCodes.invalidParams, `/${missing}: expected an object.`);
  }
  const protocolVersion = sessionVersions.find((one) => one === asked) ?? sessionVersions[0] ?? '';
  const client = { clientInfo, capabilities: clientCapabilities };
  const session = await sessions.begin(ctx.actor, { agentId, protocolVersion, client });
  return reply
    .header('mcp-session-id', session.id)
    .type(json)
    .send(resultText(id, { protocolVersion, capabilities, serverInfo }));
}

function call(
  reply: FastifyReply,
  exchange: Exchange,
  request: { id: RequestId; params: Record<string, unknown> },
  { deps, log, running }: EndpointParts,
): Promise<void> {
  const { ctx, session, protocolVersion } = exchange;
  return serveCall(reply, exchange, request, {
    running,
    pingMs: deps.live.pingMs,
    headers: session ? { 'mcp-session-id': session.id } : {},
    log: session ? log.open({ id: session.id, tenant: ctx.actor.tenant }) : null,
    isPrimed: takesEmptyEvents(protocolVersion),
    logLevel: session?.logLevel ?? null,
    toText: resultText,
    toRpcError: (error) => toRpcError(error, { logger: deps.logger, requestId: ctx.requestId }),
  });
}

async function setLevel(
  { session }: Exchange,
  { level }: Record<string, unknown>,
  { sessions }: EndpointParts,
): Promise<void> {
  if (typeof level !== 'string' || !logLevels.includes(level)) {
    const message = `/level: expected one of ${logLevels.join(', ')}.`;
    throw new RpcError(rpcCodes.invalidParams, message);
  }
  if (session) await sessions.setLogLevel(session, level);
}

/** Notifications are never answered; those that nothing depends on are dropped. */
async function notice(
  { session }: Exchange,
  method: string,
  { requestId }: Record<string, unknown>,
  { running }: EndpointParts,
): Promise<void> {
  if (method !== 'notifications/cancelled' || !session) return;
  if (typeof requestId === 'string' || typeof requestId === 'number') {
    await running.cancel(session.id, requestId);
  }
}
