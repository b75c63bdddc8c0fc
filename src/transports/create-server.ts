import { randomUUID } from 'node:crypto';
import {
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifyRequest,
  fastify,
  LogController,
} from 'fastify';
import type { GraphqlConfig, LiveConfig } from '../config-types.js';
import type { Context } from '../context.js';
import type { Logger } from '../logger.js';
import type { OauthContext } from '../mcp-servers/oauth/oauth-context.js';
import type { Ati } from '../open-ati.js';
import type { Storage } from '../storage/open-storage.js';
import type { Metrics } from '../telemetry/metrics.js';
import type { HttpClient } from '../upstream/http-client.js';
import { registerAti } from './ati/register-ati.js';
import { callerSignal, watchCallers } from './caller-signal.js';
import { createGraphql } from './graphql/create-graphql.js';
import { type CallerIdentity, createGraphiql } from './graphql/graphiql/create-graphiql.js';
import { isSocketRequest } from './graphql/live/serve-sockets.js';
import type { McpEndpointSettings } from './mcp/mcp-deps.js';
import { registerMcp } from './mcp/register-mcp.js';
import { registerOperations } from './operations.js';
import { registerRest } from './rest/register-rest.js';
import { sendFrameworkError } from './rest/rest-errors.js';

export type HttpServer = FastifyInstance;
/** What is known of a request before it is read: of an upgrade to a socket there is no more. */
export type HttpRequest = Pick<FastifyRequest, 'headers' | 'id'>;

export type ServerOptions = {
  logger: Logger;
  storage: Storage;
  metrics: Metrics;
  limits: { maxBodyBytes: number; maxDocumentBytes: number };
  graphql: GraphqlConfig;
  /** How callers say who they are. */
  callers: CallerIdentity;
  live: LiveConfig;
  mcpEndpoint: McpEndpointSettings;
  ati: Ati;
  http: HttpClient;
  /** What a request may use that nobody has to authenticate. */
  publicContext(): OauthContext;
  /** Who asks, and what the request may use; the signal aborts when the caller goes away. */
  contextFor(request: HttpRequest, signalOf: () => AbortSignal | null): Promise<Context>;
};

/** Every HTTP transport on one server, ready to listen. */
export async function createServer(options: ServerOptions): Promise<HttpServer> {
  const { logger, storage, metrics, limits } = options;
  const contextFor = (request: HttpRequest) =>
    options.contextFor(request, () => callerSignal(request));
  const server = fastify({
    loggerInstance: logger as FastifyBaseLogger,
    logController: new LogController({ disableRequestLogging: true }),
    http: { shouldUpgradeCallback: isSocketRequest },
    bodyLimit: limits.maxBodyBytes,
    genReqId: requestIdOf,
    // Whoever logs names the request; a logger for each would cost more than most answers.
    childLoggerFactory: (parent) => parent,
    routerOptions: { maxParamLength: 500 },
    frameworkErrors: sendFrameworkError,
    // A request that comes while the server drains is answered and its connection closed.
    return503OnClosing: false,
    forceCloseConnections: 'idle',
  });
  logRequests(server, logger);
  watchCallers(server);
  closeConnectionsOnDrain(server);
  challengeOnRefusal(server);
  registerOperations(server, { storage, metrics });
  await registerRest(server, { ...options, contextFor });
  await registerAti(server, {
    ...options,
    atiAuthenticator: options.ati.authenticator,
    names: options.ati.names,
    proxyContextFor: (request, caller) =>
      options.ati.contextFor(request, caller, () => callerSignal(request)),
  });
  await registerMcp(server, { ...options, contextFor, settings: options.mcpEndpoint });
  const graphiql = options.graphql.graphiql ? await createGraphiql(options) : null;
  const graphql = await createGraphql({
    ...{ contextFor, logger, limits, metrics, graphiql, http: options.http },
    settings: options.graphql,
    live: options.live,
  });
  await graphql.register(server);
  await server.ready();
  return server;
}

/** One line per request: the route, not the URL, which may carry secrets. */
function logRequests(server: HttpServer, logger: Logger): void {
  // Nothing here is a caller's but the id, which is checked: looking for secrets would take most of the time.
  const lines = logger.child({}, { redact: [] });
  server.addHook('onResponse', ({ method, id, routeOptions }, reply, done) => {
    const durationMs = Math.round(reply.elapsedTime * 10) / 10;
    const route = `${method} ${routeOptions.url ?? '(unknown)'}`;
    lines.info({ requestId: id, status: reply.statusCode, durationMs }, route);
    done();
  });
}

/** A connection that is kept alive would hold a closing server open until its next request. */
function closeConnectionsOnDrain(server: HttpServer): void {
  let isDraining = false;
  server.addHook('preClose', async () => {
    isDraining = true;
  });
  server.addHook('onSend', (_request, reply, payload, done) => {
    if (isDraining) reply.header('connection', 'close');
    done(null, payload);
  });
}

/** RFC 9110 section 15.5.2; by RFC 6750 section 3 no reason is given to a request without a token. */
function challengeOnRefusal(server: HttpServer): void {
  server.addHook('onSend', ({ headers }, reply, payload, done) => {
    if (reply.statusCode === 401 && !reply.hasHeader('www-authenticate')) {
      const challenge = headers.authorization ? 'Bearer error="invalid_token"' : 'Bearer';
      reply.header('www-authenticate', challenge);
    }
    done(null, payload);
  });
}

function requestIdOf({ headers }: { headers: Record<string, string | string[] | undefined> }) {
  const given = headers['x-request-id'];
  return typeof given === 'string' && /^[\w.:-]{1,100}$/.test(given) ? given : randomUUID();
}
