import type { Pool, PoolClient } from 'pg';
import { createReplanning, type RunStatement } from './sql.js';

/**
 * Runs statements that connections keep prepared. Behind a pooler that hands out another connection for each statement,
 * a prepared one may be missing or there already; the statement has not run then, and from there on all run unprepared.
 */
export function createRunStatement(pool: Pool): RunStatement {
  const replannings = new WeakMap<PoolClient, ReturnType<typeof createReplanning>>();
  let isPreparing = true;

  async function replanIfDue(client: PoolClient): Promise<void> {
    const replanning = replannings.get(client) ?? createReplanning();
    replannings.set(client, replanning);
    if (replanning.isDue()) await client.query('discard plans');
  }

  return async (statement, values) => {
    const client = await pool.connect();
    try {
      if (isPreparing) await replanIfDue(client);
      const { name, text } = statement;
      return await client
        .query({ ...(isPreparing && { name }), text, values: [...values] })
        .then(({ rows }) => rows)
        .catch(async (error: unknown) => {
          if (!isUnprepared(error)) throw error;
          isPreparing = false;
          return (await client.query({ text, values: [...values] })).rows;
        });
    } finally {
      client.release();
    }
  };
}

/** invalid_sql_statement_name and duplicate_prepared_statement. */
function isUnprepared(error: unknown): boolean {
  return (
    error instanceof Error && 'code' in error && ['26000', '42P05'].includes(String(error.code))
  );
}
