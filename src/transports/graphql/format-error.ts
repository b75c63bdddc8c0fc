import { unwrapResolverError } from '@apollo/server/errors';
import { GraphQLError, type GraphQLFormattedError } from 'graphql';
import { AppError } from '../../errors.js';
import { errorTable, type GraphQLErrorCode, httpStatusOf } from '../error-table.js';

/** Codes that Apollo and graphql-js give to a request that they refuse before a resolver runs. */
const refusals: Record<string, GraphQLErrorCode | 'PERSISTED_QUERY_NOT_FOUND'> = {
  GRAPHQL_PARSE_FAILED: 'BAD_USER_INPUT',
  GRAPHQL_VALIDATION_FAILED: 'BAD_USER_INPUT',
  BAD_USER_INPUT: 'BAD_USER_INPUT',
  BAD_REQUEST: 'BAD_USER_INPUT',
  OPERATION_RESOLUTION_FAILURE: 'BAD_USER_INPUT',
  // Clients know this one by its code, and send the whole query next.
  PERSISTED_QUERY_NOT_FOUND: 'PERSISTED_QUERY_NOT_FOUND',
};

/** What went wrong in a resolver or with the request, as thrown. */
export function causeOf(error: unknown): unknown {
  const thrown = unwrapResolverError(error);
  return thrown instanceof GraphQLError && thrown.originalError instanceof AppError
    ? thrown.originalError
    : thrown;
}

/** How much errors may tell. */
export type ErrorDisplay = {
  /** Whether a bug tells its message and stack. */
  errorDetail: boolean;
  /** Whether errors may suggest names of the schema. */
  introspection: boolean;
};

/** What Apollo Server says of a persisted query without any code of its own, and what it means. */
const persistedQueryRefusals: Record<string, string> = {
  'provided sha does not match query':
    'extensions.persistedQuery.sha256Hash is not the SHA-256 of the query, in lower-case hexadecimal digits.',
  'Unsupported persisted query version':
    'extensions.persistedQuery is not understood. Expected {"version": 1, "sha256Hash": "…"}.',
};

/** True for what nobody foresaw: it is logged, and the caller learns no more than the request id. */
export function isBug(formatted: GraphQLFormattedError, error: unknown): boolean {
  const cause = causeOf(error);
  if (cause instanceof AppError) return cause.code === 'INTERNAL';
  if (!(cause instanceof GraphQLError)) return true;
  const code = formatted.extensions?.code;
  if (typeof code === 'string' && Object.hasOwn(refusals, code)) return false;
  return !Object.hasOwn(persistedQueryRefusals, cause.message);
}

/**
 * The error as published: `extensions.code` of the error table, and an AppError's details (`issues`, `problems`, …).
 * A bug answers "Internal error" and `extensions.requestId`; its own message and stack only with `errorDetail`.
 */
export function formatError(
  formatted: GraphQLFormattedError,
  error: unknown,
  requestId: string | undefined,
  { errorDetail, introspection }: ErrorDisplay = { errorDetail: false, introspection: true },
): GraphQLFormattedError {
  const { locations, path } = formatted;
  const place = { ...(locations && { locations }), ...(path && { path }) };
  const cause = causeOf(error);
  if (isBug(formatted, error)) {
    return {
      message: requestId ? `Internal error (request ${requestId})` : 'Internal error',
      ...place,
      extensions: {
        code: errorTable.INTERNAL.graphql,
        ...(requestId && { requestId }),
        ...(errorDetail && { detail: detailOf(cause) }),
      },
    };
  }
  if (cause instanceof AppError) {
    const extensions = { ...cause.details, code: errorTable[cause.code].graphql };
    return { message: cause.message, ...place, extensions };
  }
  const code = refusals[String(formatted.extensions?.code)] ?? 'BAD_USER_INPUT';
  const sentence = persistedQueryRefusals[formatted.message] ?? formatted.message;
  // graphql-js hides its suggestions in validation only, not where it coerces variables.
  const message = introspection ? sentence : sentence.replace(/ Did you mean .+\?$/s, '');
  return { message, ...place, extensions: { code } };
}

function detailOf(cause: unknown) {
  return cause instanceof Error
    ? { message: cause.message, stack: cause.stack?.split('\n') }
    : { message: String(cause) };
}

/** A failure before any resolver runs, which therefore decides the HTTP status of the whole answer. */
export function toRequestError(error: AppError): GraphQLError {
  return new GraphQLError(error.message, {
    originalError: error,
    extensions: { http: { status: httpStatusOf(error) } },
  });
}
