import { expect, it } from 'vitest';
import { query } from '../../src/storage/sql.js';
import { aTestApp } from '../support/test-app.js';
import { startUpstream } from '../support/upstream.js';
import { aCaller } from './callers.js';

const canary = 'write-only canary 4711';

function aDocument(origin: string, hint: object) {
  const note = { type: 'string', ...hint };
  const schema = { type: 'object', required: ['id'], properties: { id: { type: 'string' }, note } };
  return {
    openapi: '3.0.3',
    info: { title: 'Pins', version: '1' },
    servers: [{ url: origin }],
    paths: {
      '/pins': {
        post: {
          operationId: 'setPin',
          requestBody: { required: true, content: { 'application/json': { schema } } },
          responses: { 200: { description: 'ok' } },
        },
      },
    },
  };
}

it('hides what an endpoint takes and nobody may read; marking it breaks no contract', async () => {
  await using upstream = await startUpstream();
  await using app = await aTestApp({ env: { EGRESS_ALLOW: '127.0.0.1' } });
  const caller = aCaller(app);
  const { ids } = await caller.sync(aDocument(upstream.origin, {}));
  await caller.assign('atlas', Object.values(ids));
  await caller.sync(aDocument(upstream.origin, { writeOnly: true }), { strategy: 'safe' });
  const answer = await caller.call('setPin', { id: '1', note: canary });
  expect(answer).toMatchObject({ outcome: 'OK' });
  expect(upstream.seen[0]?.body).toContain(canary);
  const [record] = (await caller.calls()).nodes;
  expect(record).toMatchObject({ arguments: { id: '1' } });
  for (const shown of [record, answer]) {
    const { result: _, ...own } = shown as { result?: unknown };
    expect(JSON.stringify(own)).not.toContain(canary);
  }
  const rows = await query<{ text: string }>(
    app.ports.storage.fork(),
    'select r::text as text from call_records r union all select j::text from call_journal j',
  );
  expect(rows.map(({ text }) => text).join()).not.toContain(canary);
});
