import type { SubmittedCallRow } from '../../../calls/submitted/submitted-statements.js';
import type { CatalogChangeRow } from '../../../changes/read-log.js';

/** What subscriptions tell. */
export type LiveEvent = CatalogChangeRow | SubmittedCallRow;

/** Unlike that of every other event of the same subscription. */
export function nameOfEvent(event: LiveEvent): string {
  if ('revision' in event) return event.revision;
  // It may have finished before, if its dead letter was replayed.
  return `${event.id} ${event.finishedAt?.getTime()}`;
}
