import { expect, it } from 'vitest';
import { createTracing } from '../../src/telemetry/tracing.js';
import { startFaultyServer } from '../support/faulty-server.js';
import { aTestApp } from '../support/test-app.js';
import { attributesOf, startCollector } from '../support/trace-collector.js';
import { startUpstream } from '../support/upstream.js';
import { aCaller, aThingsDocument, made } from './callers.js';

const traceId = '0af7651916cd43dd8448eb211c80319c';
const parentId = 'b7ad6b7169203331';

it('gives a call a span in the trace of its caller and passes the trace on to the upstream', async () => {
  await using upstream = await startUpstream();
  await using collector = await startCollector();
  {
    const env = { EGRESS_ALLOW: '127.0.0.1', OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint };
    await using app = await aTestApp({ env });
    const caller = aCaller(app);
    const { ids } = await caller.sync(aThingsDocument(upstream.origin));
    await caller.assign('atlas', Object.values(ids));
    const answer = await app.server.inject({
      method: 'POST',
      url: '/tools/agents/atlas/tools/getThing/call',
      headers: { 'x-tenantid': 'acme', traceparent: `00-${traceId}-${parentId}-01` },
      payload: { arguments: { id: '1' } },
    });
    const sent = String(upstream.seen[0]?.headers.traceparent);
    const { nodes } = await caller.calls();
    for (const { request } of [answer.json(), ...nodes]) {
      expect(request.headers).toMatchObject({ traceparent: sent });
      expect(request.curl).toContain(`traceparent: ${sent}`);
    }
  }
  const [span] = collector.spans;
  expect(span).toMatchObject({ name: 'execute_tool getThing', traceId, parentSpanId: parentId });
  expect(attributesOf(span)).toMatchObject({
    'gen_ai.operation.name': 'execute_tool',
    'gen_ai.tool.name': 'getThing',
    'gen_ai.agent.id': 'atlas',
    'toolgraph.outcome': 'OK',
  });
  expect(upstream.seen[0]?.headers.traceparent).toBe(`00-${traceId}-${span?.spanId}-01`);
});

it('does not wait for a collector that does not answer', async () => {
  await using collector = await startFaultyServer(() => {});
  const tracing = createTracing({ endpoint: collector.url, flushMs: 20 });
  const call = { callId: 'c', tool: 't', method: 'GET', agentId: null, traceHeaders: {} };
  tracing.callStarted(call).end({ outcome: 'OK', status: 200, errorCode: null });
  await tracing[Symbol.asyncDispose]();
  expect(collector.openSockets()).toBeLessThanOrEqual(1);
}, 5_000);

it('sends no trace anywhere when tracing is off', async () => {
  await using upstream = await startUpstream();
  await using app = await aTestApp({ env: { EGRESS_ALLOW: '127.0.0.1' } });
  const caller = aCaller(app);
  const { ids } = await caller.sync(aThingsDocument(upstream.origin));
  made(await caller.test(ids.getThing ?? '', { id: '1' }));
  expect(upstream.seen[0]?.headers).not.toHaveProperty('traceparent');
});

it('counts calls by tool and outcome, and what the egress guard refused', async () => {
  await using upstream = await startUpstream();
  await using app = await aTestApp();
  const caller = aCaller(app);
  const { ids } = await caller.sync(aThingsDocument(upstream.origin));
  expect(made(await caller.test(ids.getThing ?? '', { id: '1' })).outcome).toBe('DENIED');
  const { body, headers } = await app.server.inject({ url: '/metrics' });
  expect(headers['content-type']).toContain('text/plain');
  expect(body).toContain('toolgraph_calls_total{tool="getThing",outcome="DENIED"} 1');
  expect(body).toContain('toolgraph_egress_refused_total 1');
  expect(body).toContain('toolgraph_calls_in_flight 0');
  expect(body).toContain('toolgraph_call_duration_seconds_count{outcome="DENIED"} 1');
});
