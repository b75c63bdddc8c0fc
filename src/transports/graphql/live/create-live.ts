import { randomUUID } from 'node:crypto';
import type { ApolloServer } from '@apollo/server';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { GraphQLSchema } from 'graphql';
import type { LiveConfig } from '../../../config-types.js';
import type { Logger } from '../../../logger.js';
import type { Metrics } from '../../../telemetry/metrics.js';
import type { GraphqlContext } from '../graphql-context.js';
import { ActorLimits } from './actor-limits.js';
import type { ContextFor } from './authorize.js';
import { createOperations } from './create-operations.js';
import type { Format } from './operation-error.js';
import { prefersEventStream } from './prefers-event-stream.js';
import { serveEventStreams } from './serve-event-streams.js';
import { serveSockets } from './serve-sockets.js';

export type LiveOptions = {
  /** Has the plugin `handOverSubscriptions`. */
  server: Pick<ApolloServer<GraphqlContext>, 'executeOperation'>;
  schema: GraphQLSchema;
  contextFor: ContextFor;
  settings: LiveConfig;
  limits: { maxBodyBytes: number };
  logger: Logger;
  format: Format;
  metrics?: Pick<Metrics, 'liveChanged'>;
};

export type Live = {
  /** Serves websockets on `/graphql` of the app, until the app closes: they are told before it drains. */
  register(app: FastifyInstance): void;
  /** Whether the answer is to be a stream of server-sent events. */
  wantsStream(request: Pick<FastifyRequest, 'headers'>): boolean;
  /** Answers with server-sent events. Throws AppError before anything is answered. */
  stream(request: FastifyRequest, reply: FastifyReply): Promise<void>;
};

/** Larger documents go by HTTP: every open socket may hold a message. */
const maxMessageBytes = 1024 * 1024;

/** GraphQL over connections that stay: subscriptions, and every other operation beside them. */
export function createLive({ settings, limits, metrics, ...options }: LiveOptions): Live {
  const { initTimeoutMs, pingMs } = settings;
  const parts = {
    ...{ contextFor: options.contextFor, logger: options.logger, initTimeoutMs, pingMs },
    format: options.format,
    operations: createOperations(options),
    connections: new ActorLimits('connections', settings.maxConnections, (by) =>
      metrics?.liveChanged('connections', by),
    ),
    subscriptions: new ActorLimits('subscriptions', settings.maxSubscriptions, (by) =>
      metrics?.liveChanged('subscriptions', by),
    ),
  };
  const streams = serveEventStreams(parts);
  return {
    wantsStream: ({ headers }) => prefersEventStream(headers.accept),
    stream: (request, reply) => streams.serve(request, reply),
    register: (app) => {
      const sockets = serveSockets({
        ...parts,
        server: app.server,
        maxMessageBytes: Math.min(maxMessageBytes, limits.maxBodyBytes),
        idOf: () => randomUUID(),
      });
      app.addHook('preClose', async () => {
        await Promise.all([sockets.close(), streams.close()]);
      });
    },
  };
}
