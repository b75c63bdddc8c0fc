// One statement's JSON stays below this, so that neither database has to hold a whole large catalog at once.
const maxStatementChars = 2_000_000;

/**
 * Writes rows, each of them JSON text, as JSON arrays of a few megabytes. The rows are made as they are written: not all
 * of them at once.
 */
export async function inBatches(
  rows: Iterable<string>,
  write: (json: string) => Promise<unknown>,
): Promise<void> {
  let batch: string[] = [];
  let chars = 0;
  for (const row of rows) {
    if (chars + row.length > maxStatementChars && batch.length > 0) {
      await write(`[${batch.join(',')}]`);
      batch = [];
      chars = 0;
    }
    batch.push(row);
    chars += row.length;
  }
  if (batch.length > 0) await write(`[${batch.join(',')}]`);
}
