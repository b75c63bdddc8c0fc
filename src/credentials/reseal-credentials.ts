import type { EntityManager } from '@mikro-orm/postgresql';
import { query } from '../storage/sql.js';
import { opens } from './assert-ring-opens.js';
import type { Sealer } from './sealer.js';
import {
  readSealedValue,
  type SealedColumn,
  type SealedRow,
  sealedColumns,
  sealedRows,
} from './stored-secrets.js';

/** Rows by what became of them. `contended` rows kept changing under the run: run it again. */
export type ResealReport = {
  rows: number;
  resealed: number;
  current: number;
  unreadable: number;
  contended: number;
};

type Change = { id: string; old: string; new: string };

const maxPasses = 5;

/**
 * Seals every stored secret, of every tenant, under the first key of the ring, while requests are served. Rows go in
 * batches by id, one statement each, which neither waits for a writer nor overwrites what one wrote meanwhile; such
 * rows are looked at again. Rows with a secret that no key opens stay as they are. Safe to repeat and to interrupt.
 */
export async function resealCredentials(
  em: EntityManager,
  sealer: Sealer,
  { batchSize = 200 }: { batchSize?: number } = {},
): Promise<ResealReport> {
  const report: ResealReport = { rows: 0, resealed: 0, current: 0, unreadable: 0, contended: 0 };
  for (const column of sealedColumns) await resealColumn(em, sealer, column, batchSize, report);
  return report;
}

async function resealColumn(
  em: EntityManager,
  sealer: Sealer,
  column: SealedColumn,
  batchSize: number,
  report: ResealReport,
): Promise<void> {
  let resealed = 0;
  for (let pass = 1; pass <= maxPasses; pass += 1) {
    const counts = { rows: 0, unreadable: 0, contended: 0 };
    for await (const rows of sealedRows(em, column, batchSize)) {
      const planned = rows.map((row) => planReseal(sealer, row));
      const changes = planned.filter((plan) => typeof plan === 'object');
      const written = await writeChanges(em, column, changes);
      counts.rows += rows.length;
      counts.unreadable += planned.filter((plan) => plan === 'unreadable').length;
      counts.contended += changes.length - written;
      resealed += written;
    }
    if (counts.contended > 0 && pass < maxPasses) continue;
    report.rows += counts.rows;
    report.resealed += resealed;
    report.unreadable += counts.unreadable;
    report.contended += counts.contended;
    report.current += counts.rows - resealed - counts.unreadable - counts.contended;
    return;
  }
}

function planReseal(sealer: Sealer, row: SealedRow): Change | 'current' | 'unreadable' {
  const value = readSealedValue(row);
  if (!value?.tokens.every((token) => opens(sealer, token))) return 'unreadable';
  if (value.tokens.every((token) => sealer.isCurrent(token))) return 'current';
  const sealed = value.withTokens(value.tokens.map((token) => sealer.seal(sealer.open(token))));
  return { id: row.id, old: row.text, new: sealed };
}

/** Compare and swap: a row that is locked, or that no longer holds what was read, is left alone. */
async function writeChanges(
  em: EntityManager,
  { table, column }: SealedColumn,
  changes: Change[],
): Promise<number> {
  if (changes.length === 0) return 0;
  const written = await query<{ id: string }>(
    em,
    `with change as (
       select (item->>'id')::uuid as id, (item->>'old')::jsonb as old, (item->>'new')::jsonb as new
       from jsonb_array_elements($1::text::jsonb) as item
     ), free as (
       select id from ${table} where id in (select id from change) for update skip locked
     )
     update ${table} as row set ${column} = change.new
     from change join free using (id)
     where row.id = change.id and row.${column} = change.old
     returning row.id`,
    [JSON.stringify(changes)],
  );
  return written.length;
}
