import type {
  ApolloServerPlugin,
  GraphQLRequestContextDidResolveOperation,
  GraphQLRequestContextWillSendResponse,
  GraphQLRequestListener,
} from '@apollo/server';
import { ApolloServerPluginSubscriptionCallback } from '@apollo/server/plugin/subscriptionCallback';
import {
  GraphQLError,
  type GraphQLFormattedError,
  type GraphQLSchema,
  getVariableValues,
  type OperationDefinitionNode,
} from 'graphql';
import { AppError } from '../../../errors.js';
import type { Logger } from '../../../logger.js';
import type { HttpClient } from '../../../upstream/http-client.js';
import { httpStatusOf } from '../../error-table.js';
import { toRequestError } from '../format-error.js';
import type { GraphqlContext } from '../graphql-context.js';
import { createCallbackFetcher } from './callback-fetcher.js';
import { callbackDocument, callbackSchema } from './callback-schema.js';
import { openResults } from './open-results.js';
import { type Callback, readCallback } from './read-callback.js';

export type SubscriptionCallbackOptions = {
  http: HttpClient;
  logger: Logger;
  /** Of one caller. */
  maxSubscriptions: number;
  format(error: unknown, ctx: GraphqlContext): GraphQLFormattedError;
};

type Resolved = GraphQLRequestContextDidResolveOperation<GraphqlContext>;
type Answered = GraphQLRequestContextWillSendResponse<GraphqlContext>;
type Listener = GraphQLRequestListener<GraphqlContext>;

/**
 * Subscriptions of Apollo Router by its HTTP callback protocol, with Apollo's plugin. Messages go out through the egress
 * guard; nothing is asked of a callback URL before the operation is known to be a valid subscription within the limits.
 */
export function subscriptionCallback(
  options: SubscriptionCallbackOptions,
): ApolloServerPlugin<GraphqlContext> {
  const fetcher = createCallbackFetcher(options);
  const open = new Map<string, number>();
  const plugin: ApolloServerPlugin<GraphqlContext> = ApolloServerPluginSubscriptionCallback({
    fetcher: fetcher.fetch,
    logger: quieter(options.logger),
  });
  return {
    ...plugin,
    async requestDidStart(started) {
      const raw = started.request.extensions?.subscription;
      if (raw === undefined || raw === null || !started.request.http) return;
      let callback: Callback | null = null;
      let inner: Listener | undefined;
      return {
        async didResolveOperation({ operation, contextValue, schema, request }: Resolved) {
          if (operation?.operation !== 'subscription') return;
          assertVariables(schema, operation, request.variables);
          try {
            assertFewer(open, contextValue, options.maxSubscriptions);
            callback = readCallback(raw);
          } catch (error) {
            throw error instanceof AppError ? toRequestError(error) : error;
          }
        },
        async responseForOperation(context) {
          if (!callback) return null;
          const request = { ...context.request, extensions: { subscription: callback } };
          inner = (await plugin.requestDidStart?.({ ...context, request })) ?? undefined;
          return (await inner?.responseForOperation?.(context)) ?? null;
        },
        async willSendResponse(context) {
          if (!callback || !inner) return;
          await begin({ inner, callback, context, options, open, fetcher });
        },
      };
    },
  };
}

type Beginning = {
  inner: Listener;
  callback: Callback;
  context: Answered;
  options: SubscriptionCallbackOptions;
  open: Map<string, number>;
  fetcher: ReturnType<typeof createCallbackFetcher>;
};

async function begin({ inner, callback, context, options, open, fetcher }: Beginning) {
  const { contextValue, response, request, document, schema } = context;
  if (!document) return;
  const caller = callerOf(contextValue);
  open.set(caller, (open.get(caller) ?? 0) + 1);
  const results = openResults({
    ...{ schema, document, contextValue },
    operationName: request.operationName ?? null,
    variables: request.variables ?? {},
    format: (error) => options.format(error, contextValue),
    onEnd: () => {
      const left = (open.get(caller) ?? 1) - 1;
      if (left > 0) open.set(caller, left);
      else open.delete(caller);
    },
  });
  const begun = { schema: callbackSchema, document: callbackDocument, operationName: null };
  const failure = await fetcher.whileChecking(callback.callbackUrl, async () => {
    await inner.willSendResponse?.({
      ...context,
      ...begun,
      request: { ...request, operationName: undefined, variables: {} },
      // What the plugin gives to the resolver of the schema above.
      contextValue: { results } as unknown as GraphqlContext,
    });
  });
  if (response.body.kind !== 'single' || !response.body.singleResult.errors) return;
  await results.return?.();
  const error =
    failure ?? new AppError('UPSTREAM_FAILED', 'The callback URL of the subscription failed.');
  response.http.status = httpStatusOf(error);
  response.body.singleResult.errors = [options.format(error, contextValue)];
}

function assertFewer(open: Map<string, number>, ctx: GraphqlContext, max: number): void {
  if ((open.get(callerOf(ctx)) ?? 0) < max) return;
  throw new AppError(
    'LIMIT_EXCEEDED',
    `This caller has ${max} subscriptions by callback already, which is the most that is allowed.`,
    { limit: 'subscriptions', found: max, allowed: max, retryAfterSeconds: 1 },
  );
}

/** Elsewhere graphql-js says so when it executes, which is too late for the answer here. */
function assertVariables(
  schema: GraphQLSchema,
  { variableDefinitions = [] }: OperationDefinitionNode,
  variables: Record<string, unknown> = {},
): void {
  const [error] = getVariableValues(schema, variableDefinitions, variables).errors ?? [];
  if (!error) return;
  const extensions = { code: 'BAD_USER_INPUT', http: { status: 400 } };
  throw new GraphQLError(error.message, { nodes: error.nodes, extensions });
}

function callerOf({ actor }: GraphqlContext): string {
  return JSON.stringify([actor.tenant, actor.subject]);
}

/** A router that goes away is no fault of this server. */
function quieter(logger: Logger) {
  return {
    debug: (message: string) => logger.debug(message),
    info: (message: string) => logger.debug(message),
    warn: (message: string) => logger.debug(message),
    error: (message: string) => logger.warn(message),
  };
}
