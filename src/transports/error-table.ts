import type { AppError, ErrorCode } from '../errors.js';

/** The values of `extensions.code`, as the schema contract lists them. */
export type GraphQLErrorCode =
  | 'BAD_USER_INPUT'
  | 'UNAUTHENTICATED'
  | 'FORBIDDEN'
  | 'NOT_FOUND'
  | 'CONFLICT'
  | 'LIMIT_EXCEEDED'
  | 'UPSTREAM_ERROR'
  | 'UPSTREAM_TIMEOUT'
  | 'NOT_CONFIGURED'
  | 'INTERNAL_SERVER_ERROR';

/**
 * How each transport answers one code. `mcp: 'tool'` is a result that the model can act on, `'protocol'` a JSON-RPC error;
 * `retry` says whether the same request may succeed later without anybody changing anything.
 */
export type Mapping = {
  graphql: GraphQLErrorCode;
  http: number;
  mcp: 'tool' | 'protocol';
  retry: boolean;
};

export const errorTable = {
  INVALID_INPUT: { graphql: 'BAD_USER_INPUT', http: 422, mcp: 'tool', retry: false },
  UNAUTHENTICATED: { graphql: 'UNAUTHENTICATED', http: 401, mcp: 'protocol', retry: false },
  FORBIDDEN: { graphql: 'FORBIDDEN', http: 403, mcp: 'protocol', retry: false },
  NOT_FOUND: { graphql: 'NOT_FOUND', http: 404, mcp: 'tool', retry: false },
  CONFLICT: { graphql: 'CONFLICT', http: 409, mcp: 'tool', retry: false },
  PRECONDITION_FAILED: { graphql: 'CONFLICT', http: 412, mcp: 'tool', retry: false },
  LIMIT_EXCEEDED: { graphql: 'LIMIT_EXCEEDED', http: 413, mcp: 'tool', retry: false },
  UPSTREAM_FAILED: { graphql: 'UPSTREAM_ERROR', http: 502, mcp: 'tool', retry: true },
  UPSTREAM_TIMEOUT: { graphql: 'UPSTREAM_TIMEOUT', http: 504, mcp: 'tool', retry: true },
  NOT_CONFIGURED: { graphql: 'NOT_CONFIGURED', http: 503, mcp: 'tool', retry: false },
  INTERNAL: { graphql: 'INTERNAL_SERVER_ERROR', http: 500, mcp: 'protocol', retry: false },
} as const satisfies Record<ErrorCode, Mapping>;

/**
 * The HTTP status of a failure (RFC 9110 section 15, RFC 6585 section 4): the table's, save for two codes that HTTP tells apart.
 * INVALID_INPUT with `details.header` (a request header that is missing or wrong) is 400, as nothing of the body was looked at;
 * LIMIT_EXCEEDED with `details.retryAfterSeconds` (too many, rather than too big) is 429.
 */
export function httpStatusOf({ code, details }: Pick<AppError, 'code' | 'details'>): number {
  if (code === 'INVALID_INPUT' && typeof details.header === 'string') return 400;
  if (code === 'LIMIT_EXCEEDED' && typeof details.retryAfterSeconds === 'number') return 429;
  return errorTable[code].http;
}
