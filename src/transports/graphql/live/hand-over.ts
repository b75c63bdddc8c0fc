import type { ApolloServer, ApolloServerPlugin } from '@apollo/server';
import type { DocumentNode, FormattedExecutionResult, OperationDefinitionNode } from 'graphql';
import type { Context } from '../../../context.js';
import { AppError } from '../../../errors.js';
import { toRequestError } from '../format-error.js';
import { type GraphqlContext, toGraphqlContext } from '../graphql-context.js';

export type OperationRequest = {
  query: string;
  operationName?: string | null | undefined;
  variables?: Record<string, unknown> | null | undefined;
};

/** A subscription that is valid and within the limits, not yet begun. */
export type Subscribing = { document: DocumentNode; operation: OperationDefinitionNode };

export type Prepared =
  | { kind: 'result'; result: FormattedExecutionResult }
  | ({ kind: 'subscription' } & Subscribing);

const taker = Symbol('taker of a subscription');
type Taker = { take(subscribing: Subscribing): void; refuses?: 'mutation' | undefined };
type LiveContext = GraphqlContext & { [taker]?: Taker };

const handedOver = { data: null };

function byGetError(): AppError {
  return new AppError('INVALID_INPUT', 'A mutation is sent by POST, not by GET.');
}

/**
 * Lets a subscription go the way of every other operation until it would be executed (parsing, validation, limits), and
 * gives it to who asked with `prepareOperation`.
 */
export function handOverSubscriptions(): ApolloServerPlugin<GraphqlContext> {
  return {
    async requestDidStart() {
      return {
        async didResolveOperation({ operation, contextValue }) {
          const refused = (contextValue as LiveContext)[taker]?.refuses;
          if (refused && operation?.operation === refused) throw toRequestError(byGetError());
        },
        async responseForOperation({ document, operation, contextValue, response }) {
          const asker = (contextValue as LiveContext)[taker];
          if (!asker) return null;
          if (operation.operation !== 'subscription') return null;
          asker.take({ document, operation });
          return { http: response.http, body: { kind: 'single', singleResult: handedOver } };
        },
      };
    },
  };
}

/**
 * Executes a query or a mutation as over HTTP; a subscription is checked in the same way and given back to be begun.
 * A mutation is refused with INVALID_INPUT where `refuses` says so.
 */
export async function prepareOperation(
  server: Pick<ApolloServer<GraphqlContext>, 'executeOperation'>,
  { query, operationName, variables }: OperationRequest,
  { ctx, refuses }: { ctx: Context; refuses?: 'mutation' | undefined },
): Promise<Prepared> {
  let subscribing: Subscribing | null = null;
  const take = (taken: Subscribing) => {
    subscribing = taken;
  };
  const contextValue: LiveContext = { ...toGraphqlContext(ctx), [taker]: { take, refuses } };
  const { body } = await server.executeOperation(
    { query, ...(operationName && { operationName }), ...(variables && { variables }) },
    { contextValue },
  );
  if (subscribing) return { kind: 'subscription', ...(subscribing as Subscribing) };
  if (body.kind === 'incremental') {
    throw new AppError('INTERNAL', 'The schema has no incremental delivery.');
  }
  return { kind: 'result', result: body.singleResult };
}
