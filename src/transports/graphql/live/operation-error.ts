import { GraphQLError, type GraphQLFormattedError } from 'graphql';
import type { Context } from '../../../context.js';
import { causeOf, formatError, isBug } from '../format-error.js';

/** Ends an operation, or keeps it from beginning: what the caller is told, formatted. */
export class OperationError extends Error {
  override readonly name = 'OperationError';

  constructor(readonly errors: readonly GraphQLFormattedError[]) {
    super(errors[0]?.message);
  }
}

/** Errors as every transport of GraphQL tells them; those that nobody foresaw are logged. */
export function presentErrors(
  errors: readonly unknown[],
  { logger, requestId }: Pick<Context, 'logger' | 'requestId'>,
): GraphQLFormattedError[] {
  return errors.map((error) => {
    const formatted =
      error instanceof GraphQLError
        ? error.toJSON()
        : { message: error instanceof Error ? error.message : String(error) };
    if (isBug(formatted, error)) {
      logger.error({ err: causeOf(error), requestId, path: formatted.path }, 'GraphQL bug');
    }
    return formatError(formatted, error, requestId);
  });
}
