import type { EntityManager } from '@mikro-orm/postgresql';
import { AppError } from '../errors.js';
import type { Sealer } from './sealer.js';
import { readSealedValue, sealedColumns, sealedRows } from './stored-secrets.js';

/**
 * The check at start: every stored secret opens under some key of the ring.
 * Throws NOT_CONFIGURED that says how many do not and what to do.
 */
export async function assertRingOpens(em: EntityManager, sealer: Sealer): Promise<void> {
  let total = 0;
  let closed = 0;
  for (const column of sealedColumns) {
    for await (const rows of sealedRows(em, column, 500)) {
      const tokens = rows.flatMap((row) => readSealedValue(row)?.tokens ?? [null]);
      total += tokens.length;
      closed += tokens.filter((token) => token === null || !opens(sealer, token)).length;
    }
  }
  if (closed === 0) return;
  throw new AppError(
    'NOT_CONFIGURED',
    `${closed} of ${total} stored secrets do not open: CREDENTIAL_SECRET (on an embedded database without it, credential.key in DATA_DIR) lacks the key that sealed them. Add that key after the first one, separated by a comma.`,
    { total, closed },
  );
}

/** Whether some key of the ring opens a token. */
export function opens(sealer: Sealer, token: string): boolean {
  try {
    sealer.open(token);
    return true;
  } catch {
    return false;
  }
}
