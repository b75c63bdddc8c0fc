import { PGlite } from '@electric-sql/pglite';
import { btree_gin } from '@electric-sql/pglite/contrib/btree_gin';
import { pg_trgm } from '@electric-sql/pglite/contrib/pg_trgm';
import type { EmbeddedClient, EmbeddedResult } from './embedded-client.js';
import { createPreparedStatements } from './prepared-statements.js';

export type PgliteSource = {
  /** Folder of the database; none = in memory. */
  dir?: string;
  /** A dump made by `PGlite#dumpDataDir` to start from. */
  dump?: Blob;
};

const asText = (value: string) => value;
const typesKeptAsText = [20, 114, 1082, 1114, 1184, 1186, 3802];

/**
 * Opens PGlite with the parsers that MikroORM expects of a PostgreSQL driver: dates, bigint and json stay text
 * (json is parsed by the dialect, on the caller's side).
 */
export async function openPglite({ dir, dump }: PgliteSource): Promise<PGlite> {
  return PGlite.create({
    ...(dir ? { dataDir: dir } : {}),
    ...(dump ? { loadDataDir: dump } : {}),
    extensions: { btree_gin, pg_trgm },
    parsers: Object.fromEntries(typesKeptAsText.map((oid) => [oid, asText])),
  });
}

export async function runOnPglite(
  db: PGlite,
  sql: string,
  params: readonly unknown[],
): Promise<EmbeddedResult> {
  const { rows, affectedRows, fields } = await db.query<Record<string, unknown>>(sql, [...params]);
  return { rows, affectedRows: affectedRows ?? 0, fields };
}

/** PGlite in this thread: for tests and short-lived tools. */
export async function openEmbeddedHere(source: PgliteSource): Promise<EmbeddedClient> {
  return toClient(await openPglite(source));
}

export function toClient(db: PGlite): EmbeddedClient {
  const prepared = createPreparedStatements(db);
  return {
    query: (sql, params) => runOnPglite(db, sql, params),
    run: (statement, values) => prepared.run(statement, values),
    [Symbol.asyncDispose]: () => db.close(),
  };
}
