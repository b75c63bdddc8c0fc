import { toNodeHandler } from '@modelcontextprotocol/node';
import {
  type CallToolResult,
  createMcpHandler,
  type InboundModernRoute,
  LOG_LEVEL_META_KEY,
  type McpHttpHandler,
  SERVER_INFO_META_KEY,
  Server,
  type ServerEvent,
} from '@modelcontextprotocol/server';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { isObject } from '../../openapi/plain-objects.js';
import { callTool } from './call-tool.js';
import { tellChanges } from './change-stream.js';
import { endAtExpiry } from './end-at-expiry.js';
import type { EndpointParts } from './endpoint-parts.js';
import type { Exchange } from './exchange.js';
import { listTools } from './list-tools.js';
import { logLevels } from './log-levels.js';
import { toRpcError } from './mcp-errors.js';
import type { RequestId } from './rpc-message.js';
import { serveCall } from './serve-call.js';
import { capabilities, serverInfo } from './server-info.js';

const json = 'application/json';
const metaText = `"_meta":${JSON.stringify({ [SERVER_INFO_META_KEY]: serverInfo })}`;
/** Callers may hear of changes, but what they heard last they must not rely on. */
const listTail = Buffer.from(
  `,"resultType":"complete","ttlMs":0,"cacheScope":"private",${metaText}}}`,
);

/**
 * Answers a message of revision 2026-07-28. `tools/list` and `tools/call` with plain headers are answered here, as the
 * SDK would answer them; everything else, all refusals among it, is the SDK's.
 */
export async function serveStatelessMessage(
  request: FastifyRequest,
  reply: FastifyReply,
  exchange: Exchange,
  route: InboundModernRoute,
  parts: EndpointParts,
): Promise<unknown> {
  if (route.messageKind !== 'request' || !areHeadersPlain(request, route)) {
    return serveBySdk(request, reply, exchange, route, parts);
  }
  const { id, method, params = {} } = route.message;
  if (method === 'tools/list') {
    const list = await listTools(exchange, params);
    const head = Buffer.from(`{"jsonrpc":"2.0","id":${JSON.stringify(id)},"result":{`);
    return reply.type(json).send(Buffer.concat([head, ...list, listTail]));
  }
  if (method === 'tools/call') return call(reply, exchange, { id, params }, parts);
  return serveBySdk(request, reply, exchange, route, parts);
}

/** The headers say what the body says, as they are. Those that are encoded, missing or different are the SDK's. */
function areHeadersPlain(
  { headers }: FastifyRequest,
  { message, classification }: InboundModernRoute & { messageKind: 'request' },
): boolean {
  const name = message.params?.name;
  return (
    headers['mcp-protocol-version'] === classification.revision &&
    headers['mcp-method'] === message.method &&
    (message.method !== 'tools/call' ||
      (typeof name === 'string' && headers['mcp-name'] === name && !name.startsWith('=?')))
  );
}

function call(
  reply: FastifyReply,
  exchange: Exchange,
  request: { id: RequestId; params: Record<string, unknown> },
  { deps, running }: EndpointParts,
): Promise<void> {
  const meta = request.params._meta;
  const level = isObject(meta) ? meta[LOG_LEVEL_META_KEY] : undefined;
  return serveCall(reply, exchange, request, {
    running,
    pingMs: deps.live.pingMs,
    headers: {},
    log: null,
    isPrimed: false,
    logLevel: typeof level === 'string' && logLevels.includes(level) ? level : undefined,
    toText: (id, { _meta: own, ...result }) => {
      const resultMeta = { ...(isObject(own) ? own : {}), [SERVER_INFO_META_KEY]: serverInfo };
      const whole = { resultType: 'complete', ...result, _meta: resultMeta };
      return `{"jsonrpc":"2.0","id":${JSON.stringify(id)},"result":${JSON.stringify(whole)}}`;
    },
    toRpcError: (error) =>
      toRpcError(error, { logger: deps.logger, requestId: exchange.ctx.requestId }),
  });
}

async function serveBySdk(
  request: FastifyRequest,
  reply: FastifyReply,
  exchange: Exchange,
  route: InboundModernRoute,
  { deps, limits, streams }: EndpointParts,
): Promise<unknown> {
  const { ctx, agentId } = exchange;
  const ending = new AbortController();
  const isListening = route.message.method === 'subscriptions/listen';
  const held = isListening ? limits.take(ctx.actor) : null;
  const after = isListening ? await ctx.feed.revisionOf(ctx.actor.tenant) : '0';
  const handler: McpHttpHandler = createMcpHandler(() => sdkServer(exchange, ending.signal), {
    legacy: 'reject',
    keepAliveMs: deps.live.pingMs,
    onerror: (error) => deps.logger.debug({ err: error, requestId: ctx.requestId }, 'MCP refused'),
    bus: {
      publish: () => {},
      subscribe: (listener: (event: ServerEvent) => void) => {
        const done = new AbortController();
        const sink = {
          changed: () => listener({ kind: 'tools_list_changed' }),
          drained: async () => {},
          signal: done.signal,
        };
        tellChanges(ctx, { agentId, after }, sink).catch((err: unknown) => {
          deps.logger.error({ err, requestId: ctx.requestId }, 'MCP changes could not be told');
          end();
        });
        return () => done.abort();
      },
    },
  });
  const end = () => void handler.close().finally(() => reply.raw.end());
  reply.raw.once('close', () => {
    held?.[Symbol.dispose]();
    ending.abort();
  });
  if (isListening) {
    streams.add({ end, signal: ending.signal }, null);
    endAtExpiry(ctx, ending.signal, end);
  }
  reply.hijack();
  await toNodeHandler(handler)(request.raw, reply.raw, route.message);
  return reply;
}

/** One for each request: the SDK's servers are of one conversation. */
function sdkServer(exchange: Exchange, signal: AbortSignal): Server {
  const server = new Server(serverInfo, { capabilities });
  server.setRequestHandler('tools/list', async ({ params }) => {
    const list = await listTools(exchange, { ...params });
    return JSON.parse(`{${Buffer.concat(list).toString()}}`);
  });
  server.setRequestHandler('tools/call', async ({ params }) => {
    const listening = { signal, onProgress: undefined, onLog: undefined };
    const result = await callTool(exchange, { ...params }, listening);
    // What `callTool` makes is a CallToolResult; the SDK checks it.
    return result as CallToolResult;
  });
  return server;
}
