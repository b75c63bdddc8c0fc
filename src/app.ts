import { availableParallelism } from 'node:os';
import type { Authenticator } from './access/authenticator.js';
import { createAuthenticator } from './access/create-authenticator.js';
import { createSpecReader } from './catalog/create-spec-reader.js';
import type { SpecReader } from './catalog/spec-reader.js';
import type { Config } from './config.js';
import type { Clock, Context } from './context.js';
import { assertRingOpens } from './credentials/assert-ring-opens.js';
import { createSealer } from './credentials/key-ring.js';
import { loadOrCreateKey } from './credentials/load-or-create-key.js';
import type { Sealer } from './credentials/sealer.js';
import { seedLocalTools } from './local-tools/seed-local-tools.js';
import { createLogger, type Logger } from './logger.js';
import { openDatabase } from './storage/open-database.js';
import type { Storage } from './storage/open-storage.js';
import { createServer, type HttpRequest, type HttpServer } from './transports/create-server.js';
import { createHttpClient } from './upstream/create-http-client.js';
import type { DescriptionWriter } from './upstream/description-writer.js';
import type { HttpClient } from './upstream/http-client.js';
import { createDescriptionWriter } from './upstream/openai-description-writer.js';

/** What the app is built on. Tests replace single ones; every user of a port sees the replacement. */
export type Ports = {
  clock: Clock;
  logger: Logger;
  storage: Storage;
  sealer: Sealer;
  http: HttpClient;
  specs: SpecReader;
  descriptions: DescriptionWriter | null;
  authenticator: Authenticator;
};

export type App = AsyncDisposable & {
  server: HttpServer;
  ports: Ports;
};

/** Builds the whole application without listening: opens and migrates the database, seeds it, checks the key ring. */
export async function createApp(config: Config, overrides: Partial<Ports> = {}): Promise<App> {
  await using stack = new AsyncDisposableStack();
  const ports = await openPorts(config, overrides, stack);
  await ports.storage.migrate();
  await assertRingOpens(ports.storage.fork(), ports.sealer);
  await seedLocalTools(ports.storage.fork(), ports.clock);
  const server = await createServer({
    ...ports,
    limits: config.limits,
    contextFor: (request) => openContext(ports, request),
  });
  stack.defer(() => server.close());
  const held = stack.move();
  return { server, ports, [Symbol.asyncDispose]: () => held.disposeAsync() };
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
  const sealer = overrides.sealer ?? (await openSealer(config, logger));
  const http = overrides.http ?? stack.use(createHttpClient(config.egress));
  const specs =
    overrides.specs ??
    stack.use(createSpecReader({ http, limits: toSpecLimits(config), threads: parserThreads() }));
  const descriptions =
    overrides.descriptions !== undefined
      ? overrides.descriptions
      : stack.use(openDescriptions(config));
  const authenticator =
    overrides.authenticator ?? stack.use(createAuthenticator(config, { clock }));
  return { clock, logger, storage, sealer, http, specs, descriptions, authenticator };
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

function parserThreads(): number {
  return Math.max(1, Math.min(4, availableParallelism() - 1));
}

async function openContext(ports: Ports, { headers, id }: HttpRequest): Promise<Context> {
  const { clock, logger, storage, sealer, specs, descriptions, authenticator } = ports;
  const actor = await authenticator.authenticate(headers);
  return { actor, em: storage.fork(), clock, logger, requestId: id, sealer, specs, descriptions };
}
