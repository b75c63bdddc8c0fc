import { availableParallelism } from 'node:os';
import type { Authenticator } from './access/authenticator.js';
import { createAuthenticator } from './access/create-authenticator.js';
import { type AgentViews, createAgentViews } from './agents/agent-views.js';
import type { CallObserver } from './calls/call-observer.js';
import { createSpecReader } from './catalog/create-spec-reader.js';
import type { SpecReader } from './catalog/spec-reader.js';
import type { ChangeFeed } from './changes/change-feed.js';
import { createChangeFeed } from './changes/create-change-feed.js';
import type { Config } from './config-types.js';
import type { Clock } from './context.js';
import { createSealer } from './credentials/key-ring.js';
import { loadOrCreateKey } from './credentials/load-or-create-key.js';
import type { Sealer } from './credentials/sealer.js';
import { createTurns } from './lib/turns.js';
import { createLogger, type Logger } from './logger.js';
import type { McpParts } from './mcp-servers/mcp-parts.js';
import { createMcpTokens } from './mcp-servers/oauth/create-mcp-tokens.js';
import { rememberTokens } from './mcp-servers/oauth/remember-tokens.js';
import type { Messaging } from './messaging/messaging.js';
import { openMessaging } from './messaging/open-messaging.js';
import { openDatabase } from './storage/open-database.js';
import type { Storage } from './storage/open-storage.js';
import { createCallObserver } from './telemetry/create-call-observer.js';
import { createWorkerObserver } from './telemetry/create-worker-observer.js';
import { countRefusals, createMetrics, type Metrics } from './telemetry/metrics.js';
import { createTracing } from './telemetry/tracing.js';
import type { WorkerObserver } from './telemetry/worker-observer.js';
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

function parserProcesses(): number {
  return Math.max(1, Math.min(4, availableParallelism() - 1));
}
