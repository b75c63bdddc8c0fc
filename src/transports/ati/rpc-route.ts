import { AppError } from '../../errors.js';
import { isObject } from '../../openapi/plain-objects.js';
import { callVisibleTool } from '../../proxy/call-visible-tool.js';
import { describeTools } from '../../proxy/describe-tools.js';
import { listVisibleTools } from '../../proxy/list-visible-tools.js';
import type { ProxyContext } from '../../proxy/proxy-context.js';
import type { ProxyResult } from '../../proxy/to-proxy-result.js';
import { httpStatusOf } from '../error-table.js';
import type { AtiRoute } from './ati-route.js';
import { readJson } from './read-body.js';
import { serverInfo } from './server-info.js';
import { upstreamUrlOf } from './upstream-url-header.js';

/** Codes of JSON-RPC 2.0, section 5.1, and the protocol's own. */
const codes = { invalidRequest: -32600, unknownMethod: -32601, invalidParams: -32602 } as const;
const denied = -32001;
const limited = -32029;

type Message = { id: unknown; method: string; params: Record<string, unknown> };
type Exchange = { ctx: ProxyContext; upstreamUrl: string | null };

class RpcFailure extends Error {
  constructor(
    readonly code: number,
    message: string,
    readonly data?: Record<string, unknown>,
  ) {
    super(message);
  }
}

const maxBatch = 50;

/** `POST /mcp`: messages of JSON-RPC, one or a batch, without sessions or streams. What has no id is accepted with 202. */
export const rpcRoute: AtiRoute = {
  method: 'POST',
  path: '/mcp',
  shape: 'rpc',
  handle: async (request, ctx) => {
    const value = readJson(request);
    const exchange = { ctx, upstreamUrl: upstreamUrlOf(request) };
    if (!Array.isArray(value)) {
      const answer = await answerOne(value, exchange);
      return answer === null ? { status: 202, body: null } : { body: answer };
    }
    if (value.length === 0 || value.length > maxBatch) {
      const message = `A batch has 1 to ${maxBatch} messages, this one has ${value.length}`;
      return { body: errorOf(null, new RpcFailure(codes.invalidRequest, message)) };
    }
    const answers: unknown[] = [];
    for (const one of value) {
      const answer = await answerOne(one, exchange);
      if (answer !== null) answers.push(answer);
    }
    return answers.length === 0 ? { status: 202, body: null } : { body: answers };
  },
};

/** Null for a message that wants no answer. */
async function answerOne(value: unknown, exchange: Exchange): Promise<unknown> {
  if (!isObject(value)) {
    return errorOf(null, new RpcFailure(codes.invalidRequest, 'Expected a JSON-RPC message'));
  }
  const id = value.id ?? null;
  const method = typeof value.method === 'string' ? value.method : '';
  const isNotification = !Object.hasOwn(value, 'id') && method !== '';
  if (isNotification || method === 'notifications/initialized') return null;
  const params = isObject(value.params) ? value.params : {};
  try {
    const result = await answerMethod({ id, method, params }, exchange);
    return { jsonrpc: '2.0', id, result };
  } catch (error) {
    if (error instanceof RpcFailure) return errorOf(id, error);
    if (error instanceof AppError && error.code !== 'INTERNAL') return errorOf(id, toRpc(error));
    throw error;
  }
}

async function answerMethod({ method, params }: Message, exchange: Exchange): Promise<unknown> {
  switch (method) {
    case 'initialize':
      return {
        protocolVersion: '2025-03-26',
        capabilities: { tools: { listChanged: false } },
        serverInfo,
      };
    case 'ping':
      return {};
    case 'tools/list':
      return { tools: await listTools(exchange.ctx) };
    case 'tools/call':
      return callTool(params, exchange);
    default:
      throw new RpcFailure(codes.unknownMethod, `Method not found: '${method.slice(0, 200)}'`);
  }
}

async function listTools(ctx: ProxyContext): Promise<unknown[]> {
  const tools = await describeTools(ctx, await listVisibleTools(ctx));
  return tools.map(({ tool: { name, description }, inputSchema }) => ({
    ...{ name, description, inputSchema: inputSchema ?? { type: 'object', properties: {} } },
  }));
}

async function callTool(
  { name, arguments: args }: Record<string, unknown>,
  { ctx, upstreamUrl }: Exchange,
): Promise<unknown> {
  if (typeof name !== 'string' || name === '') {
    throw new RpcFailure(codes.invalidParams, 'Missing tool name in params.name');
  }
  try {
    const call = { name, args: isObject(args) ? args : {}, rawArgs: null, isExact: true };
    return toToolResult(await callVisibleTool(ctx, { ...call, upstreamUrl }));
  } catch (error) {
    if (!(error instanceof AppError) || isProtocolError(error)) throw error;
    return { content: [text(`Error: ${error.message}`)], isError: true };
  }
}

/** What a model cannot mend by other arguments. */
function isProtocolError({ code, details }: AppError): boolean {
  if (code === 'UPSTREAM_FAILED' || code === 'UPSTREAM_TIMEOUT') return false;
  if (code === 'INVALID_INPUT') return details.header === 'X-Ati-Upstream-Url';
  if (code === 'LIMIT_EXCEEDED') return details.retryAfterSeconds !== undefined;
  return ['NOT_FOUND', 'FORBIDDEN', 'INTERNAL', 'UNAUTHENTICATED'].includes(code);
}

function toToolResult({ result, error, content }: ProxyResult): unknown {
  if (error === null) return { content: content ?? [text(textOf(result))], isError: false };
  const said = content && content.length > 0 ? content : [];
  return { content: [text(`Error: ${error}`), ...said], isError: true };
}

function textOf(result: unknown): string {
  return typeof result === 'string' ? result : JSON.stringify(result ?? null, null, 2);
}

function text(words: string) {
  return { type: 'text', text: words };
}

function toRpc(error: AppError): RpcFailure {
  const { retryAfterSeconds } = error.details;
  switch (httpStatusOf(error)) {
    case 403:
      return new RpcFailure(denied, error.message);
    case 429:
      return new RpcFailure(limited, error.message, { retryAfterSeconds });
    default:
      return new RpcFailure(codes.invalidParams, error.message);
  }
}

function errorOf(id: unknown, { code, message, data }: RpcFailure): unknown {
  return { jsonrpc: '2.0', id, error: { code, message, ...(data ? { data } : {}) } };
}
