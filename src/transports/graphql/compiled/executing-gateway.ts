import type { ApolloServerOptionsWithGateway } from '@apollo/server';
import type { GraphQLSchema } from 'graphql';
import type { GraphqlContext } from '../graphql-context.js';
import { createExecutor, type Executor, type ExecutorOptions } from './create-executor.js';
import { isCatalogRead } from './is-catalog-read.js';
import { rememberAnswers } from './remember-answers.js';

type Gateway = ApolloServerOptionsWithGateway<GraphqlContext>['gateway'];
type Request = { http?: { headers: { get(name: string): string | null } } };

/**
 * Puts the compiled executor into Apollo Server, which takes an executor only from a gateway; parsing, validation and
 * the format of errors stay its own. Requests that ask to be traced field by field (Federation's `ftv1`) run on
 * graphql-js, where Apollo's tracing looks on.
 */
export function executingGateway(schema: GraphQLSchema, options: ExecutorOptions): Gateway {
  const compiled = createExecutor(schema, options);
  const plain = createExecutor(schema, { ...options, isCompiled: false });
  const answer = rememberAnswers();
  return {
    load: async () => ({
      executor: async ({
        request,
        document,
        operation,
        operationName,
        queryHash,
        context: given,
      }) => {
        // Apollo Server hands on what the request was given.
        const context = given as GraphqlContext;
        const execute = (contextValue: GraphqlContext, executor: Executor = compiled) =>
          executor({ document, operationName, contextValue, variableValues: request.variables });
        if (isTraced(request)) return execute(context, plain);
        // Without HTTP the caller wants values, not their text.
        const isRemembered =
          options.isCompiled && request.http && operation && isCatalogRead(document, operation);
        if (!isRemembered) return execute(context);
        const key = JSON.stringify([queryHash, operationName, request.variables]);
        return answer({ key, context, execute });
      },
    }),
    onSchemaLoadOrUpdate: (callback) => {
      callback({ apiSchema: schema, coreSupergraphSdl: '' });
      return () => {};
    },
    stop: async () => {},
  };
}

function isTraced({ http }: Request): boolean {
  return http?.headers.get('apollo-federation-include-trace') === 'ftv1';
}
