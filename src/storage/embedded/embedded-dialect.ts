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
import type { RunStatement, Statement, StatementValue } from '../sql.js';
import type { EmbeddedClient, EmbeddedResult } from './embedded-client.js';

const jsonTypes = new Set([114, 3802]);
const acquireTimeoutMs = 30_000;

/**
 * Kysely dialect over one PGlite session. Callers take turns for as long as they hold the connection, so that a
 * statement of one request never runs inside the transaction of another (kysely's own PGlite driver shares it).
 */
export class EmbeddedDialect implements Dialect {
  private readonly turns = new Turns();

  constructor(private readonly client: EmbeddedClient) {}

  createDriver(): Driver {
    return new EmbeddedDriver(this.client, this.turns);
  }

  /** Runs a prepared statement in a turn of its own. */
  readonly run: RunStatement = async <Row>(
    statement: Statement,
    values: readonly StatementValue[],
  ) => {
    await this.turns.take();
    try {
      return toRows<Row>(await this.client.run(statement, values));
    } finally {
      this.turns.pass();
    }
  };

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

/** Whose turn it is to use the session. */
class Turns {
  private readonly queue: (() => void)[] = [];
  private isTaken = false;

  async take(): Promise<void> {
    if (this.isTaken) await this.wait();
    this.isTaken = true;
  }

  pass(): void {
    const next = this.queue.shift();
    if (next) next();
    else this.isTaken = false;
  }

  // Someone who asks for a second connection while holding the first would wait for themselves: bound the wait.
  private wait(): Promise<void> {
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
}

class EmbeddedDriver implements Driver {
  private readonly connection: DatabaseConnection;

  constructor(
    private readonly client: EmbeddedClient,
    private readonly turns: Turns,
  ) {
    this.connection = {
      executeQuery: <R>(query: CompiledQuery) => this.run<R>(query),
      streamQuery: () => {
        throw new Error('The embedded database does not stream rows.');
      },
    };
  }

  async init(): Promise<void> {}

  async acquireConnection(): Promise<DatabaseConnection> {
    await this.turns.take();
    return this.connection;
  }

  async releaseConnection(): Promise<void> {
    this.turns.pass();
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

  private async run<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    const result = await this.client.query(query.sql, query.parameters);
    return { rows: toRows<R>(result), numAffectedRows: BigInt(result.affectedRows) };
  }
}

/** With json parsed: it crosses threads as text. */
function toRows<R>({ rows, fields }: EmbeddedResult): R[] {
  const jsonColumns = fields.filter(({ dataTypeID }) => jsonTypes.has(dataTypeID));
  for (const { name } of jsonColumns) {
    for (const row of rows) {
      if (typeof row[name] === 'string') row[name] = JSON.parse(row[name]);
    }
  }
  return rows as R[];
}
