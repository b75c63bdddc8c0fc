import { isUtf8 } from 'node:buffer';
import { isObject } from '../../openapi/plain-objects.js';
import { type RequestId, RpcError, type RpcMessage, rpcCodes } from './rpc-message.js';

/** The JSON value of a body. Throws RpcError (400, parse error) saying where it stops being JSON. */
export function readJson(body: unknown): unknown {
  if (!Buffer.isBuffer(body) || body.length === 0) {
    throw malformed('The body is empty. Expected a JSON-RPC message.');
  }
  if (!isUtf8(body)) throw malformed('The body is not valid UTF-8.');
  try {
    return JSON.parse(body.toString('utf8'));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw malformed(`The body is not valid JSON: ${reason.slice(0, 200)}.`);
  }
}

function malformed(message: string): RpcError {
  return new RpcError(rpcCodes.parseError, message, { status: 400 });
}

/** The id that an answer to this value should name, as far as there is one. */
export function findId(value: unknown): RequestId | null {
  if (!isObject(value)) return null;
  const { id } = value;
  return typeof id === 'string' || typeof id === 'number' ? id : null;
}

/**
 * The JSON-RPC message of a body; null for an answer to a request, of which this server sends none. Throws RpcError
 * (400, invalid request) for anything else, batches among it: MCP has none since 2025-06-18.
 */
export function readMessage(value: unknown): RpcMessage | null {
  if (Array.isArray(value)) {
    throw invalid(`The body is a list of ${value.length} messages. Send each by itself.`);
  }
  if (!isObject(value)) throw invalid('The body is no JSON-RPC message: expected an object.');
  const { jsonrpc, method, id, params } = value;
  if (jsonrpc !== '2.0') throw invalid('/jsonrpc: expected "2.0".');
  if (method === undefined && ('result' in value || 'error' in value)) return null;
  if (typeof method !== 'string') throw invalid('/method: expected a string.');
  if (id !== undefined && typeof id !== 'string' && !Number.isSafeInteger(id)) {
    throw invalid('/id: expected a string or an integer.');
  }
  if (params !== undefined && !isObject(params)) throw invalid('/params: expected an object.');
  return { method, id: findId(value), params: params ?? {} };
}

function invalid(message: string): RpcError {
  return new RpcError(rpcCodes.invalidRequest, message, { status: 400 });
}
