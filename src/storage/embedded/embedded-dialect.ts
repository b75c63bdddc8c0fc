import {
  type CompiledQuery,
  type DatabaseConnection,
  type DatabaseIntrospector,
  type Dialect,
  type DialectAdapter,
  type Driver,
  type Kysely,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  type QueryCompiler,
  type QueryResult,
} from 'kysely';
import { AppError } from '../../errors.js';
import type { EmbeddedClient } from './embedded-client.js';

const jsonTypes = new Set([114, 3802]);
const acquireTimeoutMs = 30_000;

/**
 * Kysely dialect over one PGlite session. Callers take turns for as long as they hold the connection, so that a
 * statement of one request never runs inside the transaction of another (kysely's own PGlite driver shares it).
 */
export class EmbeddedDialect implements Dialect {
  constructor(private readonly client: EmbeddedClient) {}

  createDriver(): Driver {
    return new EmbeddedDriver(this.client);
  }

  createQueryCompiler(): QueryCompiler {
    return new PostgresQueryCompiler();
  }

  createAdapter(): DialectAdapter {
    return new PostgresAdapter();
  }

  createIntrospector(db: Kysely<unknown>): DatabaseIntrospector {
    return new PostgresIntrospector(db);
  }
}

class EmbeddedDriver implements Driver {
  private readonly connection: DatabaseConnection;
  private readonly queue: (() => void)[] = [];
  private isTaken = false;

  constructor(private readonly client: EmbeddedClient) {
    this.connection = {
      executeQuery: <R>(query: CompiledQuery) => this.run<R>(query),
      streamQuery: () => {
        throw new Error('The embedded database does not stream rows.');
      },
    };
  }

  async init(): Promise<void> {}

  async acquireConnection(): Promise<DatabaseConnection> {
    if (this.isTaken) await this.waitForTurn();
    this.isTaken = true;
    return this.connection;
  }

  async releaseConnection(): Promise<void> {
    const next = this.queue.shift();
    if (next) next();
    else this.isTaken = false;
  }

  async beginTransaction(): Promise<void> {
    await this.client.query('begin', []);
  }

  async commitTransaction(): Promise<void> {
    await this.client.query('commit', []);
  }

  async rollbackTransaction(): Promise<void> {
    await this.client.query('rollback', []);
  }

  async savepoint(_: DatabaseConnection, name: string): Promise<void> {
    await this.client.query(`savepoint "${name}"`, []);
  }

  async rollbackToSavepoint(_: DatabaseConnection, name: string): Promise<void> {
    await this.client.query(`rollback to savepoint "${name}"`, []);
  }

  async releaseSavepoint(_: DatabaseConnection, name: string): Promise<void> {
    await this.client.query(`release savepoint "${name}"`, []);
  }

  async destroy(): Promise<void> {
    await this.client[Symbol.asyncDispose]();
  }

  // Someone who asks for a second connection while holding the first would wait for themselves: bound the wait.
  private waitForTurn(): Promise<void> {
    return new Promise((resolve, reject) => {
      const turn = () => {
        clearTimeout(timer);
        resolve();
      };
      const timer = setTimeout(() => {
        this.queue.splice(this.queue.indexOf(turn), 1);
        reject(new AppError('LIMIT_EXCEEDED', 'The embedded database is busy; try again.'));
      }, acquireTimeoutMs);
      this.queue.push(turn);
    });
  }

  private async run<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    const { rows, fields, affectedRows } = await this.client.query(query.sql, query.parameters);
    const jsonColumns = fields.filter(({ dataTypeID }) => jsonTypes.has(dataTypeID));
    for (const { name } of jsonColumns) {
      for (const row of rows) {
        if (typeof row[name] === 'string') row[name] = JSON.parse(row[name]);
      }
    }
    return { rows: rows as R[], numAffectedRows: BigInt(affectedRows) };
  }
}
