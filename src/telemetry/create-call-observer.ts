import type { CallObserver } from '../calls/call-observer.js';
import type { Metrics } from './metrics.js';
import type { Tracing } from './tracing.js';

/** Counts every call and, with tracing, gives it a span. */
export function createCallObserver(metrics: Metrics, tracing: Tracing | null): CallObserver {
  return {
    begin: (call) => {
      const counted = metrics.callStarted(call.tool);
      const span = tracing?.callStarted(call) ?? null;
      return {
        upstreamHeaders: span?.upstreamHeaders ?? {},
        end: (result) => {
          counted.end(result.outcome);
          span?.end(result);
        },
      };
    },
  };
}
