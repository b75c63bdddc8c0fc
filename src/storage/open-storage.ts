import { Migrator } from '@mikro-orm/migrations';
import { PgliteDriver } from '@mikro-orm/pglite';
import { type EntityManager, MikroORM, PostgreSqlDriver } from '@mikro-orm/postgresql';
import type { Pool } from 'pg';
import { AppError } from '../errors.js';
import type { EmbeddedClient } from './embedded/embedded-client.js';
import { EmbeddedDialect } from './embedded/embedded-dialect.js';
import { entities } from './entities.js';
import { createListen, type Listen } from './listen.js';
import { migrations } from './migrations.js';
import { createRunStatement } from './run-prepared.js';
import { query, type RunStatement } from './sql.js';

export type StorageOptions =
  | { driver: 'pglite'; client: EmbeddedClient }
  | { driver: 'postgres'; url: string; poolSize?: number };

export interface Storage extends AsyncDisposable {
  /** A manager with an identity map of its own: one per request. */
  fork(): EntityManager;
  /** Runs a statement that connections keep prepared. */
  readonly run: RunStatement;
  /** Runs what is missing. Replicas that start at once take turns. */
  migrate(): Promise<void>;
  /** True when the database answers and every migration has run. */
  isReady(): Promise<boolean>;
  /** Hears what other processes notify; null: no other process can have this database. */
  readonly listen: Listen | null;
}

// Any number that nothing else in the database uses as an advisory lock.
const migrationLock = 7_261_121;

/** Opens the database; throws NOT_CONFIGURED with the reason when it cannot be reached. */
export async function openStorage(options: StorageOptions): Promise<Storage> {
  const embedded = options.driver === 'pglite' ? new EmbeddedDialect(options.client) : null;
  const orm = await MikroORM.init(ormOptions(options, embedded)).catch((cause: unknown) => {
    throw new AppError(
      'NOT_CONFIGURED',
      `The database cannot be opened: ${reason(cause)}`,
      {},
      { cause },
    );
  });
  const fork = () => orm.em.fork();

  return {
    fork,
    run: embedded?.run ?? createRunStatement(await poolOf(orm)),
    migrate: async () => {
      if (options.driver === 'pglite') {
        await orm.migrator.up();
        return;
      }
      await fork().transactional(async (em) => {
        await query(em, 'select pg_advisory_xact_lock($1)', [migrationLock]);
        await orm.migrator.up();
      });
    },
    listen: options.driver === 'postgres' ? createListen(options.url) : null,
    isReady: async () => {
      const { ok } = await orm.em.getConnection().checkConnection();
      return ok && (await orm.migrator.getPending()).length === 0;
    },
    [Symbol.asyncDispose]: () => orm.close(true),
  };
}

function poolOf(orm: MikroORM): Promise<Pool> {
  return orm.driver.getConnection().getNativeClient();
}

function ormOptions(options: StorageOptions, embedded: EmbeddedDialect | null) {
  const shared = {
    entities,
    extensions: [Migrator],
    migrations: {
      migrationsList: migrations,
      snapshot: false,
      tableName: 'schema_migrations',
      silent: true,
    },
    discovery: { warnWhenNoEntities: false },
    ensureDatabase: false,
    forceUtcTimezone: true,
  };
  if (options.driver === 'postgres') {
    return {
      ...shared,
      driver: PostgreSqlDriver,
      clientUrl: options.url,
      pool: { min: 0, max: options.poolSize ?? 10 },
    };
  }
  return {
    ...shared,
    // Both drivers speak the same SQL; the one MikroORM type stands for both.
    driver: PgliteDriver as unknown as typeof PostgreSqlDriver,
    dbName: 'toolgraph',
    driverOptions: () => embedded,
  };
}

function reason(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
