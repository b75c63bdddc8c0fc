import { ApolloServer, type ApolloServerPlugin } from '@apollo/server';
import { ApolloServerPluginLandingPageDisabled } from '@apollo/server/plugin/disabled';
import { ApolloServerPluginInlineTrace } from '@apollo/server/plugin/inlineTrace';
import { fastifyApolloHandler } from '@as-integrations/fastify';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import {
  type DocumentNode,
  type FormattedExecutionResult,
  GraphQLError,
  type GraphQLFormattedError,
  type GraphQLSchema,
  print,
} from 'graphql';
import type { GraphqlConfig, LiveConfig } from '../../config-types.js';
import type { Context } from '../../context.js';
import { AppError } from '../../errors.js';
import type { Logger } from '../../logger.js';
import type { Metrics } from '../../telemetry/metrics.js';
import type { HttpClient } from '../../upstream/http-client.js';
import { answerByMediaType } from './answer-by-media-type.js';
import { buildSchema } from './build-schema.js';
import { subscriptionCallback } from './callback/subscription-callback.js';
import { executingGateway } from './compiled/executing-gateway.js';
import { stringifyResult } from './compiled/remembered-data.js';
import { causeOf, formatError, isBug, toRequestError } from './format-error.js';
import type { Graphiql } from './graphiql/create-graphiql.js';
import { type GraphqlContext, toGraphqlContext } from './graphql-context.js';
import { createDocuments } from './limits/create-documents.js';
import { persistedQueries } from './limits/persisted-queries.js';
import { refuseDocuments } from './limits/refuse-documents.js';
import type { Caller } from './live/authorize.js';
import { createLive } from './live/create-live.js';
import { handOverSubscriptions } from './live/hand-over.js';
import { registerRoute } from './register-route.js';

export type GraphqlOptions = {
  /** Who asks, and what the request may use. An AppError that it throws answers the request. */
  contextFor(request: Caller): Context | Promise<Context>;
  logger: Logger;
  /** Left out or null: a browser is answered as any other client. */
  graphiql?: Graphiql | null;
  settings: GraphqlConfig;
  live: LiveConfig;
  limits: { maxBodyBytes: number };
  metrics?: Pick<Metrics, 'liveChanged'>;
  /** For the callback URLs of subscriptions. */
  http: HttpClient;
};

export type GraphqlOperation = {
  query: string | DocumentNode;
  variables?: Record<string, unknown>;
  operationName?: string;
};

export type Graphql = AsyncDisposable & {
  schema: GraphQLSchema;
  /** Serves `/graphql`: GraphQL over HTTP by GET and POST, and over websockets. The server stops when `app` closes, after its last request. */
  register(app: FastifyInstance): Promise<void>;
  /** Runs one operation without HTTP, errors formatted as a caller would see them. */
  execute(operation: GraphqlOperation, ctx: Context): Promise<FormattedExecutionResult>;
  dispose(): Promise<void>;
};

/** The GraphQL transport: the federated subgraph behind Apollo Server. */
export async function createGraphql(options: GraphqlOptions): Promise<Graphql> {
  const schema = buildSchema();
  const requestIds = new WeakMap<object, string>();
  const { settings, logger, http } = options;
  const format = (error: GraphQLError | Error, requestId = requestIds.get(error)) =>
    formatError(toPlain(error), error, requestId, settings);
  const server = new ApolloServer<GraphqlContext>({
    gateway: executingGateway(schema, {
      isCompiled: options.settings.compiled,
      hideSuggestions: !options.settings.introspection,
    }),
    introspection: options.settings.introspection,
    hideSchemaDetailsFromClientErrors: !options.settings.introspection,
    includeStacktraceInErrorResponses: false,
    stringifyResult,
    csrfPrevention: true,
    allowBatchedHttpRequests: false,
    persistedQueries: persistedQueries(),
    // Documents come from `createDocuments`.
    documentStore: null,
    stopOnTerminationSignals: false,
    logger,
    plugins: [
      ApolloServerPluginLandingPageDisabled(),
      refuseDocuments({ documents: createDocuments({ schema, settings }), format }),
      answerByMediaType(),
      subscriptionCallback({
        ...{ http, logger, maxSubscriptions: options.live.maxSubscriptions },
        format: (error, ctx) => format(logBug(error, ctx), ctx.requestId),
      }),
      ApolloServerPluginInlineTrace({ includeErrors: { masked: true } }),
      reportBugs(requestIds),
      handOverSubscriptions(),
    ],
    formatError: (formatted, error) => {
      const requestId = error instanceof Error ? requestIds.get(error) : undefined;
      return formatError(formatted, error, requestId, settings);
    },
  });
  await server.start();
  const handler = fastifyApolloHandler(server, {
    context: (request) => contextOf(request, options, requestIds),
  });
  const live = createLive({
    ...{ ...options, server, schema, settings: options.live },
    format: (error, ctx) => format(logBug(error, ctx), ctx.requestId),
  });
  const dispose = () => server.stop();
  return {
    schema,
    dispose,
    [Symbol.asyncDispose]: dispose,
    register: async (app) => {
      live.register(app);
      await registerRoute(app, {
        handler: (request, reply) =>
          live.wantsStream(request)
            ? live.stream(request, reply)
            : handler.call(app, request, reply),
        maxBodyBytes: options.limits.maxBodyBytes,
        graphiql: options.graphiql ?? null,
        onClose: dispose,
      });
    },
    execute: (operation, ctx) => executeWith(server, operation, ctx),
  };
}

async function contextOf(
  request: FastifyRequest,
  { contextFor, logger }: Pick<GraphqlOptions, 'contextFor' | 'logger'>,
  requestIds: WeakMap<object, string>,
): Promise<GraphqlContext> {
  try {
    return toGraphqlContext(await contextFor(request));
  } catch (error) {
    if (error instanceof AppError && error.code !== 'INTERNAL') throw toRequestError(error);
    logger.error({ err: error, requestId: request.id }, 'GraphQL request without a context');
    if (error instanceof Error) requestIds.set(error, request.id);
    throw error;
  }
}

/** Logs what nobody foresaw, under the request id that the caller is told. */
function reportBugs(requestIds: WeakMap<object, string>): ApolloServerPlugin<GraphqlContext> {
  return {
    async requestDidStart() {
      return {
        async didEncounterErrors({ errors, contextValue, operationName }) {
          const { logger, requestId } = contextValue;
          for (const error of errors.filter((one) => isBug(one.toJSON(), one))) {
            requestIds.set(error, requestId);
            const { path } = error;
            logger.error({ err: causeOf(error), requestId, operationName, path }, 'GraphQL bug');
          }
        },
      };
    },
  };
}

/** Logs what a subscription met and nobody foresaw. */
function logBug(
  thrown: unknown,
  { logger, requestId }: Pick<Context, 'logger' | 'requestId'>,
): Error {
  const error = thrown instanceof Error ? thrown : new Error(String(thrown));
  if (isBug(toPlain(error), error)) {
    logger.error({ err: causeOf(error), requestId }, 'GraphQL bug in a subscription');
  }
  return error;
}

function toPlain(error: Error): GraphQLFormattedError {
  return error instanceof GraphQLError ? error.toJSON() : { message: error.message };
}

async function executeWith(
  server: ApolloServer<GraphqlContext>,
  { query, ...operation }: GraphqlOperation,
  ctx: Context,
): Promise<FormattedExecutionResult> {
  const { body } = await server.executeOperation(
    { query: typeof query === 'string' ? query : print(query), ...operation },
    { contextValue: toGraphqlContext(ctx) },
  );
  if (body.kind === 'incremental') {
    throw new AppError('INTERNAL', 'The schema has no incremental delivery.');
  }
  return body.singleResult;
}
