import { isUuid } from '../../lib/uuid.js';
import type { LogEntry } from '../../messaging/request-log.js';
import type { SubmittedParts } from './submitted-parts.js';
import type { CallName } from './submitted-statements.js';

const callField = 'submitted_call';
const tenantField = 'tenant';

/** Tells workers of a submitted call. The entry names it; everything else is in its row. Throws as `RequestLog.append`. */
export async function queueCall(
  { requests }: Pick<SubmittedParts, 'requests'>,
  { tenant, id }: CallName,
): Promise<void> {
  await requests.append({ [callField]: id, [tenantField]: tenant });
}

/** The call that an entry of the log names; null for an entry that names none. */
export function readQueuedCall({ fields }: Pick<LogEntry, 'fields'>): CallName | null {
  const id = toText(fields.get(callField));
  const tenant = toText(fields.get(tenantField));
  // PostgreSQL has no text with NUL: nothing is such a tenant's.
  return isUuid(id) && !tenant.includes('\0') ? { id: id.toLowerCase(), tenant } : null;
}

function toText(bytes: Uint8Array | undefined): string {
  return Buffer.from(bytes ?? []).toString();
}
