import type { LogEntry } from '../../messaging/request-log.js';
import type { EntrySpan, WorkerObserver } from '../../telemetry/worker-observer.js';
import type { Ask } from './request-source.js';
import type { Handled } from './run-parts.js';

/** A span for one go at an entry; null: no tracing. */
export function beginSpan(
  observer: Pick<WorkerObserver, 'process'>,
  { entry, ask, consumer }: { entry: LogEntry; ask: Ask; consumer: string },
): EntrySpan | null {
  const { correlationId, traceHeaders } = ask;
  return observer.process({
    ...{ entryId: entry.id, attempt: entry.attempt, bytes: sizeOf(entry) },
    ...{ consumer, correlationId, traceHeaders },
  });
}

export function endSpan(span: EntrySpan | null, handled: Handled): void {
  span?.end({ outcome: outcomeOf(handled), errorType: null });
}

export function failSpan(span: EntrySpan | null, error: unknown): void {
  const errorType = error instanceof Error ? error.constructor.name : 'NonError';
  span?.end({ outcome: 'error', errorType });
}

function outcomeOf(handled: Handled): string {
  if (typeof handled === 'string') return handled;
  return 'next' in handled ? 'done' : 'retry';
}

function sizeOf({ fields }: LogEntry): number {
  return [...fields.values()].reduce((sum, value) => sum + value.byteLength, 0);
}
