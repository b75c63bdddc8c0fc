import { createHash } from 'node:crypto';
import type { EntityManager } from '@mikro-orm/postgresql';
import { CompiledQuery } from 'kysely';

/**
 * Runs one statement with bound `$1…` parameters, on the transaction of `em` where it has one, else on the pool.
 * (`em.execute` writes parameters into the text, which costs seconds for megabytes of JSON.)
 * bigint and timestamps arrive as strings, json as parsed values.
 */
export async function query<Row>(
  em: EntityManager,
  sql: string,
  params: readonly unknown[] = [],
): Promise<Row[]> {
  const { rows } = await em.getKysely().executeQuery<Row>(CompiledQuery.raw(sql, [...params]));
  return rows;
}

/** A statement that is run so often that connections keep it prepared, with its plan. */
export type Statement = { readonly name: string; readonly text: string };

/** JSON goes as text. */
export type StatementValue = string | number | null | readonly string[];

/** Runs a prepared statement by itself, outside any transaction. Rows arrive as those of `query`. */
export type RunStatement = <Row>(
  statement: Statement,
  values: readonly StatementValue[],
) => Promise<Row[]>;

/** The name says the text: behind a pooler, versions of this program that differ may share a connection. */
export function toStatement(text: string): Statement {
  return { name: `tg_${createHash('sha256').update(text).digest('hex').slice(0, 32)}`, text };
}

/** How often a prepared statement runs, and for how long, before it is planned anew. */
const maxPlanRuns = 100;
const maxPlanMs = 10_000;

/**
 * Says when a connection should forget the plans of its prepared statements: one that was made while a table was empty
 * would read all of it once it is large, and nothing else tells the database, where no statistics are collected.
 */
export function createReplanning(): { isDue(): boolean } {
  let runs = 0;
  let plannedAt = performance.now();
  return {
    isDue: () => {
      runs += 1;
      if (runs <= maxPlanRuns && performance.now() - plannedAt <= maxPlanMs) return false;
      runs = 0;
      plannedAt = performance.now();
      return true;
    },
  };
}
