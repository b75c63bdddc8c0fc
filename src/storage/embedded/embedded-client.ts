import type { Statement, StatementValue } from '../sql.js';

/** What the embedded database answers: `fields` name each column's PostgreSQL type by OID. */
export type EmbeddedResult = {
  rows: Record<string, unknown>[];
  affectedRows: number;
  fields: { name: string; dataTypeID: number }[];
};

/** One PGlite, wherever it runs. It has one session: callers take turns (see `EmbeddedDialect`). */
export interface EmbeddedClient extends AsyncDisposable {
  query(sql: string, params: readonly unknown[]): Promise<EmbeddedResult>;
  /** The same for a statement that stays prepared, at a quarter of the time. */
  run(statement: Statement, values: readonly StatementValue[]): Promise<EmbeddedResult>;
}
