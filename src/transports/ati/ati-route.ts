import type { FastifyRequest } from 'fastify';
import type { ProxyContext } from '../../proxy/proxy-context.js';

/** How a route tells a failure: as the answer of a call, of help, of JSON-RPC, or as `{error}`. */
export type ErrorShape = 'call' | 'help' | 'rpc' | 'error';

export type AtiAnswer = {
  /** 200 unless told. */
  status?: number;
  headers?: Record<string, string>;
  body: unknown;
};

/** A route below `/proxy`, for callers that are known. */
export type AtiRoute = {
  method: 'GET' | 'POST';
  path: string;
  shape: ErrorShape;
  handle(request: FastifyRequest, ctx: ProxyContext): Promise<AtiAnswer>;
};
