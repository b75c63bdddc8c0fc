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
