import type { GraphQLFormattedError } from 'graphql';
import type { Context } from '../../../context.js';

/** An error as callers are told it; one that nobody foresaw is logged on the way. */
export type Format = (
  error: unknown,
  ctx: Pick<Context, 'logger' | 'requestId'>,
) => GraphQLFormattedError;

/** Ends an operation, or keeps it from beginning: what the caller is told, formatted. */
export class OperationError extends Error {
  override readonly name = 'OperationError';

  constructor(readonly errors: readonly GraphQLFormattedError[]) {
    super(errors[0]?.message);
  }
}
