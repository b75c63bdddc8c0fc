import type { EntityManager } from '@mikro-orm/postgresql';
import { startLogTrimmer } from './changes/trim-log.js';
import type { Config } from './config-types.js';
import type { Context } from './context.js';
import { startMcpRefresher } from './mcp-servers/start-mcp-refresher.js';
import { openAti } from './open-ati.js';
import { type Core, openCore, startWorker } from './open-core.js';
import { openMeanings } from './open-meanings.js';
import type { Ports } from './open-ports.js';
import { createServer, type HttpRequest, type HttpServer } from './transports/create-server.js';
import type { CallerIdentity } from './transports/graphql/graphiql/create-graphiql.js';
import { readTraceHeaders } from './transports/read-trace-headers.js';
import type { Worker } from './transports/worker/open-worker.js';

export type App = AsyncDisposable &
  Core & {
    server: HttpServer;
    /** Null: others run what is submitted here. */
    worker: Worker | null;
  };

/** Builds the whole application without listening: opens and migrates the database, seeds it, checks the key ring. */
export async function createApp(config: Config, overrides: Partial<Ports> = {}): Promise<App> {
  await using stack = new AsyncDisposableStack();
  const core = await openCore(config, overrides, stack);
  const { ports, calls, submitted } = core;
  stack.use(startLogTrimmer({ ...ports, fork: () => ports.storage.fork(), settings: config.live }));
  stack.use(startMcpRefresher({ ...ports, fork: () => ports.storage.fork() }));
  const meanings = openMeanings(config, ports, stack);
  const ati = await openAti(config, ports, { calls, meanings }, stack);
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
      openContext(ports, { calls, submitted, meanings }, { request, signalOf }),
  });
  stack.defer(() => server.close());
  const held = stack.move();
  return { ...core, server, worker, [Symbol.asyncDispose]: () => held.disposeAsync() };
}

function toCallers({ auth, tenancy }: Config): CallerIdentity {
  return auth ? { by: 'token' } : { by: 'headers', defaultTenant: tenancy.defaultTenant };
}

async function openContext(
  ports: Ports,
  parts: Pick<Context, 'calls' | 'submitted' | 'meanings'>,
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
    ...{ actor, clock, logger, requestId: id, traceHeaders, run: storage.run },
    ...{ feed, views, sealer, specs, descriptions, mcp: ports.mcp, ...parts },
  };
}
