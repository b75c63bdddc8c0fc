import { AppError } from '../../errors.js';
import type { Logger } from '../../logger.js';
import { httpStatusOf } from '../error-table.js';
import { RpcError, rpcCodes } from './rpc-message.js';

export type FailureNote = { logger: Logger; requestId: string };

/** Any failure as what is told of it. One that nobody expected is logged, and told by the request id only. */
export function toRpcError(error: unknown, { logger, requestId }: FailureNote): RpcError {
  if (error instanceof RpcError) return error;
  if (error instanceof AppError && error.code !== 'INTERNAL') return ofAppError(error);
  const refusal = ofFramework(error);
  if (refusal) return refusal;
  logger.error({ err: error, requestId }, 'MCP failed');
  const message = `Internal error (request ${requestId}).`;
  return new RpcError(rpcCodes.internal, message, { status: 500 });
}

function ofAppError(error: AppError): RpcError {
  const found = httpStatusOf(error);
  // What a verb says of a message that was well-formed: the answer to it is an answer.
  const status = found === 422 ? 400 : found;
  const code = error.code === 'INVALID_INPUT' ? rpcCodes.invalidParams : rpcCodes.refused;
  const { retryAfterSeconds } = error.details;
  const headers: Record<string, string> =
    status === 429 ? { 'retry-after': String(retryAfterSeconds) } : {};
  return new RpcError(code, error.message, { status, headers, cause: error });
}

/** Failures of a request that Fastify finds before a route runs; null for anything else. */
function ofFramework(error: unknown): RpcError | null {
  if (!(error instanceof Error) || !('statusCode' in error)) return null;
  const { statusCode } = error;
  if (typeof statusCode !== 'number' || statusCode < 400 || statusCode >= 500) return null;
  return new RpcError(rpcCodes.refused, error.message, { status: statusCode });
}
