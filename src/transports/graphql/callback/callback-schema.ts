import {
  type DocumentNode,
  type FormattedExecutionResult,
  GraphQLObjectType,
  GraphQLScalarType,
  GraphQLSchema,
  GraphQLString,
  parse,
} from 'graphql';

export type Results = AsyncIterableIterator<FormattedExecutionResult>;
export type CallbackContext = { results: Results };

const result = new GraphQLScalarType({ name: 'Result' });

/**
 * A subscription whose events are the results of another one. Apollo's plugin executes what it sends, with one context
 * for all events and errors as they are thrown; given this in place of the real schema, it sends what was executed and
 * formatted elsewhere.
 */
export const callbackSchema = new GraphQLSchema({
  query: new GraphQLObjectType({ name: 'Query', fields: { none: { type: GraphQLString } } }),
  subscription: new GraphQLObjectType<unknown, CallbackContext>({
    name: 'Subscription',
    fields: {
      result: {
        type: result,
        subscribe: (_root, _args, { results }) => results,
        resolve: (event) => event,
      },
    },
  }),
});

export const callbackDocument: DocumentNode = parse('subscription { result }');

/** The body of a `next` message with the result itself as its payload. */
export function unwrapResult(body: string): string {
  const message = JSON.parse(body) as { payload?: { data?: { result?: unknown } } };
  const { payload } = message;
  return payload ? JSON.stringify({ ...message, payload: payload.data?.result ?? null }) : body;
}
