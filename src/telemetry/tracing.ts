import { setTimeout as sleep } from 'node:timers/promises';
import {
  type Context,
  type Link,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  type TextMapGetter,
  trace,
} from '@opentelemetry/api';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { BatchSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import type { CallObservation, ObservableCall } from '../calls/call-observer.js';
import type { EntrySpan, ObservedEntry } from './worker-observer.js';

export interface Tracing extends AsyncDisposable {
  callStarted(call: ObservableCall): CallObservation;
  /** A request that the worker took from a stream. */
  entryStarted(entry: StreamEntry): EntrySpan;
}

export type StreamEntry = ObservedEntry & {
  stream: { name: string; group: string; system: string };
};

const propagator = new W3CTraceContextPropagator();
const fromRecord: TextMapGetter<Record<string, string>> = {
  get: (headers, name) => headers[name],
  keys: (headers) => Object.keys(headers),
};
const intoRecord = {
  set: (headers: Record<string, string>, name: string, value: string) => {
    headers[name] = value;
  },
};

/**
 * One span per call, after the `execute_tool` span of the OpenTelemetry semantic conventions for generative AI, sent
 * over OTLP/HTTP to `<endpoint>/v1/traces`. The collector is the operator's own and is not behind the egress guard.
 */
export function createTracing({
  endpoint,
  flushMs = 2_000,
}: {
  endpoint: string;
  /** How long disposing waits for a collector to take the last spans. */
  flushMs?: number;
}): Tracing {
  const exporter = new OTLPTraceExporter({ url: `${endpoint.replace(/\/+$/, '')}/v1/traces` });
  const provider = new TracerProvider({
    resource: resourceFromAttributes({ 'service.name': 'toolgraph' }),
    spanProcessors: [new BatchSpanProcessor({ exporter, scheduledDelayMillis: 1_000 })],
  });
  const tracer = provider.getTracer('toolgraph');
  return {
    callStarted: (call) => {
      const parent = propagator.extract(ROOT_CONTEXT, call.traceHeaders, fromRecord);
      const attributes = {
        'gen_ai.operation.name': 'execute_tool',
        'gen_ai.tool.name': call.tool,
        'gen_ai.tool.type': 'extension',
        'gen_ai.tool.call.id': call.callId,
        'http.request.method': call.method,
        ...(call.agentId === null ? {} : { 'gen_ai.agent.id': call.agentId }),
      };
      const options = { kind: SpanKind.INTERNAL, attributes };
      const span = tracer.startSpan(`execute_tool ${call.tool}`, options, parent);
      return {
        upstreamHeaders: headersFor(trace.setSpan(parent, span)),
        end: ({ outcome, status, errorCode }) => {
          span.setAttribute('toolgraph.outcome', outcome);
          if (status !== null) span.setAttribute('http.response.status_code', status);
          if (outcome !== 'OK') {
            span.setAttribute('error.type', errorCode ?? outcome);
            span.setStatus({ code: SpanStatusCode.ERROR });
          }
          span.end();
        },
      };
    },
    entryStarted: (entry) => {
      const sender = propagator.extract(ROOT_CONTEXT, entry.traceHeaders, fromRecord);
      const attributes = toMessagingAttributes(entry);
      const from = trace.getSpanContext(sender);
      // What comes again is no second child of its sender's span.
      const isAgain = entry.attempt > 1;
      const links: Link[] = isAgain && from ? [{ context: from }] : [];
      const parent = isAgain ? ROOT_CONTEXT : sender;
      const options = { kind: SpanKind.CONSUMER, attributes, links };
      const span = tracer.startSpan(`process ${entry.stream.name}`, options, parent);
      return {
        headers: headersFor(trace.setSpan(parent, span)),
        end: ({ outcome, errorType }) => {
          span.setAttribute('toolgraph.outcome', outcome);
          if (errorType !== null) {
            span.setAttribute('error.type', errorType);
            span.setStatus({ code: SpanStatusCode.ERROR });
          }
          span.end();
        },
      };
    },
    [Symbol.asyncDispose]: async () => {
      const limit = sleep(flushMs, undefined, { ref: false });
      await Promise.race([provider.shutdown().catch(() => {}), limit]);
    },
  };
}

/** By the semantic conventions for messaging, 1.45. */
function toMessagingAttributes({ stream, ...entry }: StreamEntry) {
  return {
    'messaging.system.name': stream.system,
    'messaging.operation.type': 'process',
    'messaging.operation.name': 'process',
    'messaging.destination.name': stream.name,
    'messaging.consumer.group.name': stream.group,
    'messaging.client.id': entry.consumer,
    'messaging.message.id': entry.entryId,
    'messaging.message.conversation_id': entry.correlationId,
    'messaging.message.body.size': entry.bytes,
    'toolgraph.delivery_count': entry.attempt,
  };
}

function headersFor(context: Context): Record<string, string> {
  const headers: Record<string, string> = {};
  propagator.inject(context, headers, intoRecord);
  return headers;
}
