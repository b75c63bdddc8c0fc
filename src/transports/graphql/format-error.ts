import { unwrapResolverError } from '@apollo/server/errors';
import { GraphQLError, type GraphQLFormattedError } from 'graphql';
import { AppError } from '../../errors.js';
import { errorTable, type GraphQLErrorCode, httpStatusOf } from '../error-table.js';

/** Codes that Apollo and graphql-js give to a request that they refuse before a resolver runs. */
const refusals: Record<string, GraphQLErrorCode | 'PERSISTED_QUERY_NOT_SUPPORTED'> = {
  GRAPHQL_PARSE_FAILED: 'BAD_USER_INPUT',
  GRAPHQL_VALIDATION_FAILED: 'BAD_USER_INPUT',
  BAD_USER_INPUT: 'BAD_USER_INPUT',
  BAD_REQUEST: 'BAD_USER_INPUT',
  OPERATION_RESOLUTION_FAILURE: 'BAD_USER_INPUT',
  // Clients know this one by its code, and send the whole query next.
  PERSISTED_QUERY_NOT_SUPPORTED: 'PERSISTED_QUERY_NOT_SUPPORTED',
};

/** What went wrong in a resolver or with the request, as thrown. */
export function causeOf(error: unknown): unknown {
  const thrown = unwrapResolverError(error);
  return thrown instanceof GraphQLError && thrown.originalError instanceof AppError
    ? thrown.originalError
    : thrown;
}

/** True for what nobody foresaw: it is logged, and the caller learns no more than the request id. */
export function isBug(formatted: GraphQLFormattedError, error: unknown): boolean {
  const cause = causeOf(error);
  if (cause instanceof AppError) return cause.code === 'INTERNAL';
  const code = formatted.extensions?.code;
  return !(
    cause instanceof GraphQLError &&
    typeof code === 'string' &&
    Object.hasOwn(refusals, code)
  );
}

/**
 * The error as published: `extensions.code` of the error table, and an AppError's details (`issues`, `problems`, …).
 * A bug answers "Internal error" and `extensions.requestId`; never its own message, nor a stack.
 */
export function formatError(
  formatted: GraphQLFormattedError,
  error: unknown,
  requestId: string | undefined,
): GraphQLFormattedError {
  const { locations, path } = formatted;
  const place = { ...(locations && { locations }), ...(path && { path }) };
  const cause = causeOf(error);
  if (isBug(formatted, error)) {
    return {
      message: requestId ? `Internal error (request ${requestId})` : 'Internal error',
      ...place,
      extensions: { code: errorTable.INTERNAL.graphql, ...(requestId && { requestId }) },
    };
  }
  if (cause instanceof AppError) {
    const extensions = { ...cause.details, code: errorTable[cause.code].graphql };
    return { message: cause.message, ...place, extensions };
  }
  const code = refusals[String(formatted.extensions?.code)];
  return { message: formatted.message, ...place, extensions: { code } };
}

/** A failure before any resolver runs, which therefore decides the HTTP status of the whole answer. */
export function toRequestError(error: AppError): GraphQLError {
  return new GraphQLError(error.message, {
    originalError: error,
    extensions: { http: { status: httpStatusOf(error) } },
  });
}
