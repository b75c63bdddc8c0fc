import type { EntityManager } from '@mikro-orm/postgresql';
import { createApp } from '../../src/app.js';
import { loadConfig } from '../../src/config.js';
import { query } from '../../src/storage/sql.js';
import { aCaller } from '../calls/callers.js';
import { createEmptyDatabase, startPostgres } from '../support/postgres.js';
import { type RedisOptions, type RedisServer, startRedis } from '../support/redis-server.js';
import { type Oracle, startOracle } from './oracle.js';
import { openWireCaller, type WireCaller } from './wire-caller.js';
import { startWorkerProcess, type WorkerProcess } from './worker-process.js';

export type Catalog = ReturnType<typeof aCaller>;

/** One PostgreSQL, one Redis, one oracle whose tools agents have, and as many workers as a test starts. */
export type Scene = AsyncDisposable & {
  redis: RedisServer;
  oracle: Oracle;
  caller: WireCaller;
  databaseUrl: string;
  /** For a test's own statements. */
  fork(): EntityManager;
  /** The catalog of a tenant, over REST; `acme` has the agent `atlas`, `globex` the agent `hermes`. */
  catalogOf(tenant: string): Catalog;
  /** Rows of the audit that have this text in them, oldest first. */
  audit(text: string): Promise<Record<string, unknown>[]>;
  /** A worker that is gone when the scene is; `redisUrl` where it reaches Redis by another way. */
  startWorker(options?: WorkerOptions): Promise<WorkerProcess>;
};

export type WorkerOptions = {
  env?: Record<string, string>;
  redisUrl?: string;
  preload?: string;
  isAwaited?: boolean;
};

/** Of the workers here, unless a test says otherwise: takeovers are tried in a second or two. */
export const leaseMs = 1200;

const credentialSecret = 'cw_0x689RpI-jtRR7oE8h_eQsKImvJapLeSbXpwF4e4=';

export type SceneOptions = {
  /** A server to make a database on; null: one of the scene's own. */
  postgresUrl: string | null;
  redis?: RedisOptions;
};

export async function buildScene(options: SceneOptions): Promise<Scene> {
  await using stack = new AsyncDisposableStack();
  const server = options.postgresUrl ?? stack.use(await startPostgres()).url;
  const databaseUrl = await createEmptyDatabase(server);
  const redis = stack.use(await startRedis(options.redis));
  const oracle = stack.use(await startOracle());
  const common = {
    DATABASE_URL: databaseUrl,
    CREDENTIAL_SECRET: credentialSecret,
    EGRESS_ALLOW: '127.0.0.1',
  };
  const app = stack.use(
    await createApp(loadConfig({ ...common, LOG_LEVEL: 'SILENT', WORKER: 'off' })),
  );
  const catalogOf = (tenant: string) => aCaller(app, tenant);
  for (const [tenant, agent] of [
    ['acme', 'atlas'],
    ['globex', 'hermes'],
  ] as const) {
    const { ids } = await catalogOf(tenant).sync(oracle.document);
    await catalogOf(tenant).assign(agent, Object.values(ids));
  }
  const workers = stack.use(new AsyncDisposableStack());
  const caller = stack.use(await openWireCaller(redis.url));
  const held = stack.move();
  return {
    ...{ redis, oracle, caller, databaseUrl, catalogOf },
    fork: () => app.ports.storage.fork(),
    audit: (text) =>
      query(
        app.ports.storage.fork(),
        `select * from tool_audit t where t::text like '%' || $1 || '%' order by at, kind`,
        [text],
      ),
    startWorker: async ({ env = {}, redisUrl = redis.url, ...options } = {}) => {
      const tenancy = { WORKER_TENANT: 'acme', WORKER_APP: 'shop', WORKER_AGENT: 'atlas' };
      const timing = { WORKER_LEASE_MS: String(leaseMs), CALL_LEASE_MS: String(leaseMs) };
      return workers.use(
        await startWorkerProcess({
          env: { ...common, LOG_LEVEL: 'INFO', REDIS_URL: redisUrl, ...tenancy, ...timing, ...env },
          ...options,
        }),
      );
    },
    [Symbol.asyncDispose]: () => held.disposeAsync(),
  };
}
