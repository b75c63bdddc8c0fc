import { availableParallelism } from 'node:os';
import type { EntityManager } from '@mikro-orm/postgresql';
import type { Authenticator } from './access/authenticator.js';
import { createAuthenticator } from './access/create-authenticator.js';
import { type AgentViews, createAgentViews } from './agents/agent-views.js';
import { backfillSearch } from './agents/backfill-search.js';
import type { CallObserver } from './calls/call-observer.js';
import { type Calls, createCalls } from './calls/create-calls.js';
import { createSubmittedCalls } from './calls/submitted/create-submitted-calls.js';
import type { SubmittedParts } from './calls/submitted/submitted-parts.js';
import { startSubmittedSweeper } from './calls/submitted/sweep-submitted-calls.js';
import { startCallSweeper } from './calls/sweep-calls.js';
import { createSpecReader } from './catalog/create-spec-reader.js';
import type { SpecReader } from './catalog/spec-reader.js';
import type { ChangeFeed } from './changes/change-feed.js';
import { createChangeFeed } from './changes/create-change-feed.js';
import { startLogTrimmer } from './changes/trim-log.js';
import type { Config } from './config-types.js';
import type { Clock, Context } from './context.js';
import { assertRingOpens } from './credentials/assert-ring-opens.js';
import { createSealer } from './credentials/key-ring.js';
import { loadOrCreateKey } from './credentials/load-or-create-key.js';
import type { Sealer } from './credentials/sealer.js';
import { AppError } from './errors.js';
import { createTurns } from './lib/turns.js';
import { seedLocalTools } from './local-tools/seed-local-tools.js';
import { createLogger, type Logger } from './logger.js';
import type { McpParts } from './mcp-servers/mcp-parts.js';
import { createMcpTokens } from './mcp-servers/oauth/create-mcp-tokens.js';
import { rememberTokens } from './mcp-servers/oauth/remember-tokens.js';
import { startMcpRefresher } from './mcp-servers/start-mcp-refresher.js';
import type { Messaging } from './messaging/messaging.js';
import { openMessaging } from './messaging/open-messaging.js';
import { openAti } from './open-ati.js';
import { loadSkills } from './skills/load-skills.js';
import { openDatabase } from './storage/open-database.js';
import type { Storage } from './storage/open-storage.js';
import { createCallObserver } from './telemetry/create-call-observer.js';
import { createWorkerObserver } from './telemetry/create-worker-observer.js';
import { countRefusals, createMetrics, type Metrics } from './telemetry/metrics.js';
import { createTracing } from './telemetry/tracing.js';
import type { WorkerObserver } from './telemetry/worker-observer.js';
import { createServer, type HttpRequest, type HttpServer } from './transports/create-server.js';
import type { CallerIdentity } from './transports/graphql/graphiql/create-graphiql.js';
import { readTraceHeaders } from './transports/read-trace-headers.js';
import { openWorker, type Worker } from './transports/worker/open-worker.js';
import { createHttpClient } from './upstream/create-http-client.js';
import type { DescriptionWriter } from './upstream/description-writer.js';
import type { HttpClient } from './upstream/http-client.js';
import { createMcpSessions } from './upstream/mcp/create-mcp-sessions.js';
import { createDescriptionWriter } from './upstream/openai-description-writer.js';

/** What the app is built on. Tests replace single ones; every user of a port sees the replacement. */
export type Ports = {
  clock: Clock;
  logger: Logger;
  storage: Storage;
  messaging: Messaging;
  feed: ChangeFeed;
  views: AgentViews;
  sealer: Sealer;
  http: HttpClient;
  specs: SpecReader;
  descriptions: DescriptionWriter | null;
  authenticator: Authenticator;
  metrics: Metrics;
  observer: CallObserver;
  workerObserver: WorkerObserver;
  mcp: McpParts;
};

/** Everything but what serves callers. */
type Core = { ports: Ports; calls: Calls; submitted: SubmittedParts };

export type App = AsyncDisposable &
  Core & {
    server: HttpServer;
    /** Null: others run what is submitted here. */
    worker: Worker | null;
  };

/** A worker by itself. */
export type WorkerApp = AsyncDisposable & Core & { worker: Worker };

/** Builds the whole application without listening: opens and migrates the database, seeds it, checks the key ring. */
export async function createApp(config: Config, overrides: Partial<Ports> = {}): Promise<App> {
  await using stack = new AsyncDisposableStack();
  const core = await openCore(config, overrides, stack);
  const { ports, calls, submitted } = core;
  stack.use(startLogTrimmer({ ...ports, fork: () => ports.storage.fork(), settings: config.live }));
  stack.use(startMcpRefresher({ ...ports, fork: () => ports.storage.fork() }));
  const ati = await openAti(config, ports, { calls, stack });
  const worker = config.worker.isOn ? stack.use(await startWorker(config, core)) : null;
  const server = await createServer({
    ...ports,
    limits: config.limits,
    graphql: config.graphql,
    live: config.live,
    mcpEndpoint: {
      ...{ auth: config.auth, host: config.server.host },
      publicUrl: config.mcp.publicUrl,
    },
    callers: toCallers(config),
    ati,
    publicContext: () => ({ ...ports, em: ports.storage.fork() }),
    contextFor: (request, signalOf) =>
      openContext(ports, { calls, submitted }, { request, signalOf }),
  });
  stack.defer(() => server.close());
  const held = stack.move();
  return { ...core, server, worker, [Symbol.asyncDispose]: () => held.disposeAsync() };
}

/** Builds a worker that serves nothing else, and lets it begin. Throws NOT_CONFIGURED without Redis. */
export async function createWorkerApp(
  config: Config,
  overrides: Partial<Ports> = {},
): Promise<WorkerApp> {
  if (!config.redis && !overrides.messaging) {
    const message = 'REDIS_URL is not set: a worker by itself takes its requests from Redis.';
    throw new AppError('NOT_CONFIGURED', message);
  }
  await using stack = new AsyncDisposableStack();
  const core = await openCore(config, overrides, stack);
  const worker = stack.use(await startWorker(config, core));
  const held = stack.move();
  return { ...core, worker, [Symbol.asyncDispose]: () => held.disposeAsync() };
}

async function openCore(
  config: Config,
  overrides: Partial<Ports>,
  stack: AsyncDisposableStack,
): Promise<Core> {
  const ports = await openPorts(config, overrides, stack);
  await ports.storage.migrate();
  await backfillSearch(ports.storage.fork());
  await assertRingOpens(ports.storage.fork(), ports.sealer);
  await seedLocalTools(ports.storage.fork(), ports.clock);
  if (config.skills) {
    await loadSkills({ ...ports, ...config.skills, fork: () => ports.storage.fork() });
  }
  // The data directory of the embedded database is locked: one process at a time has it.
  const isAlone = config.database.driver === 'pglite' && !overrides.storage;
  const calls = await openCalls(config, ports, { stack, isAlone });
  const submitted = await openSubmitted(config, ports, { stack, isAlone });
  return { ports, calls, submitted };
}

function startWorker({ worker: config, secrets }: Config, { ports, calls, submitted }: Core) {
  const { storage, workerObserver: observer } = ports;
  const { workerGrantSecret: grantSecret } = secrets;
  return openWorker({
    ...{ ...ports, config, grantSecret, calls, submitted, observer },
    run: storage.run,
  });
}

/** In the order in which they depend on each other. What an override brings is its owner's to close. */
export async function openPorts(
  config: Config,
  overrides: Partial<Ports>,
  stack: AsyncDisposableStack,
): Promise<Ports> {
  const clock = overrides.clock ?? { now: () => new Date() };
  const logger = overrides.logger ?? createLogger(config.log);
  const storage = overrides.storage ?? stack.use(await openDatabase(config.database));
  const messaging =
    overrides.messaging ?? stack.use(await openMessaging(config, { storage, logger }));
  const feed = overrides.feed ?? stack.use(openFeed(config, { storage, logger }));
  const views = overrides.views ?? createAgentViews({ feed, fork: () => storage.fork() });
  const sealer = overrides.sealer ?? (await openSealer(config, logger));
  const metrics = overrides.metrics ?? createMetrics();
  const http = overrides.http ?? countRefusals(stack.use(createHttpClient(config.egress)), metrics);
  const specs =
    overrides.specs ??
    stack.use(
      createSpecReader({ http, limits: toSpecLimits(config), processes: parserProcesses() }),
    );
  const descriptions =
    overrides.descriptions !== undefined
      ? overrides.descriptions
      : stack.use(openDescriptions(config));
  const authenticator =
    overrides.authenticator ?? stack.use(createAuthenticator(config, { clock }));
  const mcp = overrides.mcp ?? openMcp(config, { storage, logger, http, sealer, clock }, stack);
  const tracing = config.tracing && stack.use(createTracing(config.tracing));
  const observer = overrides.observer ?? createCallObserver(metrics, tracing);
  const { stream: name, group } = config.worker.names;
  const workerObserver =
    overrides.workerObserver ??
    createWorkerObserver(metrics, tracing, { name, group, system: messaging.kind });
  return {
    ...{ clock, logger, storage, feed, views, sealer, http, specs, descriptions, authenticator },
    ...{ metrics, observer, workerObserver, mcp, messaging },
  };
}

function openFeed({ live }: Config, { storage, logger }: Pick<Ports, 'storage' | 'logger'>) {
  const { listen } = storage;
  return createChangeFeed({ fork: () => storage.fork(), listen, logger, settings: live });
}

function openMcp(
  { mcp }: Config,
  ports: Pick<Ports, 'storage' | 'logger' | 'http' | 'sealer' | 'clock'>,
  stack: AsyncDisposableStack,
): McpParts {
  const fork = () => ports.storage.fork();
  const sessions = stack.use(createMcpSessions(ports));
  const tokens = rememberTokens(stack.use(createMcpTokens({ ...ports, fork })));
  return { ...mcp, sessions, turns: createTurns(), tokens, http: ports.http };
}

async function openCalls(
  { calls: settings }: Config,
  ports: Ports,
  { stack, isAlone }: { stack: AsyncDisposableStack; isAlone: boolean },
): Promise<Calls> {
  const fork = () => ports.storage.fork();
  const calls = stack.use(
    createCalls({ ...ports, settings, fork, run: ports.storage.run, isAlone }),
  );
  stack.use(await startCallSweeper({ ...calls, fork, isAlone }));
  return calls;
}

async function openSubmitted(
  { calls: { retentionDays }, live: { checkMs }, worker }: Config,
  { storage, messaging, sealer, logger }: Ports,
  { stack, isAlone }: { stack: AsyncDisposableStack; isAlone: boolean },
): Promise<SubmittedParts> {
  const { run, listen } = storage;
  const { requests } = messaging;
  // A worker that died is found out by then, if the log still has what it ran.
  const settings = { retentionDays, requeueMs: 2 * worker.leaseMs };
  const submitted = stack.use(
    createSubmittedCalls({
      ...{ run, listen, sealer, requests, logger, checkMs, settings },
      fork: () => storage.fork(),
    }),
  );
  const hasLostLog = isAlone && messaging.kind === 'memory';
  stack.use(await startSubmittedSweeper({ ...submitted, hasLostLog }));
  return submitted;
}

async function openSealer({ secrets, database }: Config, logger: Logger): Promise<Sealer> {
  if (secrets.credentialKeys) return createSealer(secrets.credentialKeys);
  const dir = database.driver === 'pglite' ? database.dir : '.';
  const { keys, warning } = await loadOrCreateKey(dir);
  if (warning) logger.warn(warning);
  return createSealer(keys);
}

function openDescriptions({ llm, secrets }: Config) {
  if (!llm || !secrets.openaiApiKey) return null;
  return createDescriptionWriter({ ...llm, apiKey: secrets.openaiApiKey });
}

function toSpecLimits({ limits, egress }: Config) {
  return {
    maxBytes: limits.maxDocumentBytes,
    maxFileBytes: limits.maxDocumentBytes,
    maxFiles: limits.maxReferencedFiles,
    fetchTimeoutMs: egress.timeoutMs,
  };
}

function toCallers({ auth, tenancy }: Config): CallerIdentity {
  return auth ? { by: 'token' } : { by: 'headers', defaultTenant: tenancy.defaultTenant };
}

function parserProcesses(): number {
  return Math.max(1, Math.min(4, availableParallelism() - 1));
}

async function openContext(
  ports: Ports,
  verbs: Pick<Context, 'calls' | 'submitted'>,
  { request, signalOf }: { request: HttpRequest; signalOf: () => AbortSignal | null },
): Promise<Context> {
  const { headers, id } = request;
  const { clock, logger, storage, feed, views, sealer, specs, descriptions } = ports;
  const actor = await ports.authenticator.authenticate(headers);
  const traceHeaders = readTraceHeaders(headers);
  let em: EntityManager | null = null;
  return {
    // Made for those that need them: many reads need neither.
    get em() {
      em ??= storage.fork();
      return em;
    },
    get signal() {
      return signalOf();
    },
    ...{ actor, clock, logger, requestId: id, traceHeaders },
    ...{ feed, views, sealer, specs, descriptions, mcp: ports.mcp, ...verbs },
  };
}
