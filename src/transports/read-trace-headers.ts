import type { IncomingHttpHeaders } from 'node:http';

/** `traceparent` and `tracestate` of a request (W3C Trace Context), as they came. */
export function readTraceHeaders({
  traceparent,
  tracestate,
}: IncomingHttpHeaders): Record<string, string> {
  const given = Object.entries({ traceparent, tracestate });
  return Object.fromEntries(
    given.flatMap(([name, value]) => (typeof value === 'string' ? [[name, value]] : [])),
  );
}
