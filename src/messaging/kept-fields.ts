import { AppError } from '../errors.js';
import type { DeadLetter } from './request-log.js';

/** What a dead letter keeps of its entry, in all. */
const maxKeptBytes = 1024 * 1024;
const maxKeptFields = 100;

/** The fields of an entry for its dead letter; none where they are too much, so that poison does not fill the store. */
export function keptFields(
  fields: ReadonlyMap<string, Uint8Array>,
): ReadonlyMap<string, Uint8Array> {
  let bytes = 0;
  for (const [name, value] of fields) bytes += name.length + value.length;
  return bytes > maxKeptBytes || fields.size > maxKeptFields ? new Map() : fields;
}

/** Throws PRECONDITION_FAILED where the fields were not kept. */
export function assertReplayable(letter: DeadLetter): void {
  if (letter.fields.size > 0) return;
  throw new AppError(
    'PRECONDITION_FAILED',
    'This request was too large to be kept with its dead letter and cannot be replayed.',
  );
}
