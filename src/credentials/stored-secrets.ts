import type { EntityManager } from '@mikro-orm/postgresql';
import { query } from '../storage/sql.js';

/**
 * The columns that hold sealed secrets, of every tenant. Their values are json: `{ name: token }`, or one token as a
 * json string (rows that the former service wrote).
 */
export const sealedColumns = [
  { table: 'apis', column: 'headers' },
  { table: 'api_credentials', column: 'secret' },
  { table: 'mcp_servers', column: 'access_token' },
  { table: 'mcp_servers', column: 'refresh_token' },
  { table: 'mcp_servers', column: 'client_secret' },
  { table: 'submitted_calls', column: 'arguments' },
] as const;

export type SealedColumn = (typeof sealedColumns)[number];

/** The sealed value of one row. `text` is the json as stored. */
export type SealedRow = { id: string; text: string };

/** Batches of rows with a sealed value, in the order of their ids. */
export async function* sealedRows(
  em: EntityManager,
  { table, column }: SealedColumn,
  batchSize: number,
): AsyncGenerator<SealedRow[]> {
  let after: string | null = null;
  for (;;) {
    const rows: SealedRow[] = await query<SealedRow>(
      em,
      `select id, ${column}::text as text from ${table}
       where ${column} is not null and ($1::uuid is null or id > $1::uuid)
       order by id limit ${batchSize}`,
      [after],
    );
    if (rows.length > 0) yield rows;
    if (rows.length < batchSize) return;
    after = rows.at(-1)?.id ?? null;
  }
}

/** What a sealed value holds; `withTokens` is the json text of the same value with other tokens in their order. */
export type SealedValue = { tokens: string[]; withTokens(tokens: string[]): string };

/** Null for a value that is neither a token nor named tokens. */
export function readSealedValue({ text }: SealedRow): SealedValue | null {
  const value: unknown = JSON.parse(text);
  if (typeof value === 'string') {
    return { tokens: [value], withTokens: ([token]) => JSON.stringify(token) };
  }
  if (typeof value !== 'object' || Array.isArray(value)) return null;
  const entries = Object.entries(value ?? {});
  if (!entries.every((entry): entry is [string, string] => typeof entry[1] === 'string'))
    return null;
  return {
    tokens: entries.map(([, token]) => token),
    withTokens: (tokens) =>
      value === null
        ? text
        : JSON.stringify(Object.fromEntries(entries.map(([name], index) => [name, tokens[index]]))),
  };
}
