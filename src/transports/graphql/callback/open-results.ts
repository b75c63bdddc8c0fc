import {
  createSourceEventStream,
  type DocumentNode,
  type ExecutionResult,
  execute,
  GraphQLError,
  type GraphQLFormattedError,
  type GraphQLSchema,
} from 'graphql';
import { AppError } from '../../../errors.js';
import { type GraphqlContext, toGraphqlContext } from '../graphql-context.js';
import type { Results } from './callback-schema.js';

export type ResultsOptions = {
  schema: GraphQLSchema;
  document: DocumentNode;
  operationName: string | null;
  variables: Record<string, unknown>;
  contextValue: GraphqlContext;
  format(error: unknown): GraphQLFormattedError;
  onEnd(): void;
};

type Events = AsyncIterator<unknown>;

/**
 * The results of a subscription, each executed with reads of its own. Throws a GraphQLError as the caller may see it:
 * when it cannot begin, when its source fails, when the token of the caller ends. `return()` ends a pending `next()`.
 */
export function openResults(options: ResultsOptions): Results {
  const { contextValue, onEnd } = options;
  const expiry = expiryOf(contextValue);
  let events: Promise<Events> | null = null;
  let isEnded = false;
  const end = async () => {
    if (isEnded) return;
    isEnded = true;
    expiry.cancel();
    onEnd();
    const opened = await events?.catch(() => null);
    await opened?.return?.();
  };
  const results: Results = {
    [Symbol.asyncIterator]: () => results,
    next: async () => {
      if (isEnded) return { done: true, value: undefined };
      try {
        events ??= openEvents(options);
        const { done, value } = await Promise.race([
          events.then((opened) => opened.next()),
          expiry.reached,
        ]);
        if (!done) return { done: false, value: await executeEvent(options, value) };
        await end();
        return { done: true, value: undefined };
      } catch (error) {
        await end();
        throw toFormatted(error, options);
      }
    },
    return: async () => {
      await end();
      return { done: true, value: undefined };
    },
  };
  return results;
}

async function openEvents(options: ResultsOptions): Promise<Events> {
  const { schema, document, operationName, variables, contextValue } = options;
  const opened = await createSourceEventStream({
    ...{ schema, document, operationName, contextValue },
    variableValues: variables,
  });
  if (Symbol.asyncIterator in opened) return opened[Symbol.asyncIterator]();
  throw opened.errors?.[0] ?? new AppError('INTERNAL', 'A subscription has no events.');
}

async function executeEvent(options: ResultsOptions, event: unknown) {
  const { schema, document, operationName, variables, contextValue } = options;
  const { data, errors }: ExecutionResult = await execute({
    ...{ schema, document, operationName },
    rootValue: event,
    contextValue: toGraphqlContext({ ...contextValue, em: contextValue.em.fork() }),
    variableValues: variables,
  });
  return { data, ...(errors && { errors: errors.map(options.format) }) };
}

function toFormatted(error: unknown, { format }: ResultsOptions): GraphQLError {
  const { message, extensions } = format(error);
  return new GraphQLError(message, { extensions });
}

/** Rejects with UNAUTHENTICATED when the token of the caller ends. */
function expiryOf({ actor, clock }: GraphqlContext) {
  const { promise: reached, reject } = Promise.withResolvers<never>();
  reached.catch(() => {});
  if (!actor.expiresAt) return { reached, cancel: () => {} };
  const left = actor.expiresAt.getTime() - clock.now().getTime();
  const fail = () => reject(new AppError('UNAUTHENTICATED', 'The token has expired.'));
  const timer = setTimeout(fail, Math.min(Math.max(left, 0), 2 ** 31 - 1));
  timer.unref();
  return { reached, cancel: () => clearTimeout(timer) };
}
