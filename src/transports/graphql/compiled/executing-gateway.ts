import type { ApolloServerOptionsWithGateway } from '@apollo/server';
import type { GraphQLSchema } from 'graphql';
import type { GraphqlContext } from '../graphql-context.js';
import { createExecutor, type Executor, type ExecutorOptions } from './create-executor.js';

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
  return {
    load: async () => ({
      executor: async ({ request, document, operationName, context }) => {
        const executor: Executor = isTraced(request) ? plain : compiled;
        return executor({
          document,
          operationName,
          contextValue: context,
          variableValues: request.variables,
        });
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
