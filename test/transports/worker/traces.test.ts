import { expect, it } from 'vitest';
import { attributesOf, startCollector } from '../../support/trace-collector.js';
import { aPeer, aWorkerApp, untilFound } from './worker-app.js';

const traceId = '0af7651916cd43dd8448eb211c80319c';
const parentId = 'b7ad6b7169203331';
const traceparent = `00-${traceId}-${parentId}-01`;

it('gives a request a span in the trace of its sender, its call one below, and passes the trace on', async () => {
  await using collector = await startCollector();
  let sent: unknown;
  let id = '';
  {
    const env = { OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint };
    await using worker = await aWorkerApp({ env });
    id = await worker.ask({ more: { traceparent } });
    await worker.answer(id);
    await worker.settled();
    sent = worker.upstream.seen[0]?.headers.traceparent;
  }
  const entry = collector.spans.find(({ name }) => name === 'process sg:stream:tools');
  const call = collector.spans.find(({ name }) => name === 'execute_tool getThing');
  // SPAN_KIND_CONSUMER
  expect(entry).toMatchObject({ traceId, parentSpanId: parentId, kind: 5 });
  expect(attributesOf(entry)).toMatchObject({
    'messaging.operation.type': 'process',
    'messaging.destination.name': 'sg:stream:tools',
    'messaging.consumer.group.name': 'sg:tools',
    'messaging.client.id': expect.stringMatching(/^tools-[0-9a-f]{8}$/),
    'messaging.message.conversation_id': id,
    'toolgraph.delivery_count': 1,
  });
  expect(call).toMatchObject({ traceId, parentSpanId: entry?.spanId });
  expect(sent).toBe(`00-${traceId}-${call?.spanId}-01`);
});

it('links what comes again to its sender, in a trace of its own', async () => {
  await using collector = await startCollector();
  await using worker = await aWorkerApp({ env: { WORKER: 'off' } });
  const id = await worker.ask({ more: { traceparent } });
  const { requests } = worker.messaging;
  const { signal } = new AbortController();
  await untilFound(async () => {
    const found = await requests.read({ consumer: 'dead', count: 1, blockMs: 0, signal });
    return found[0] ?? null;
  });
  {
    const env = { OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint };
    await using _peer = await aPeer(worker, { env });
    expect(await worker.answer(id)).toMatchObject({ outcome: 'ok', attempt: 1 });
    await worker.settled();
  }
  const entry = collector.spans.find(({ name }) => name === 'process sg:stream:tools');
  expect(entry).toMatchObject({ links: [{ traceId, spanId: parentId }] });
  expect(entry?.traceId).not.toBe(traceId);
  expect(attributesOf(entry)).toMatchObject({ 'toolgraph.delivery_count': 2 });
});
