import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  type AuditDraft,
  type AuditWriterOptions,
  createAuditWriter,
} from '../../../src/calls/audit/audit-writer.js';
import { createLogger } from '../../../src/logger.js';
import type { Storage } from '../../../src/storage/open-storage.js';
import { query, type RunStatement } from '../../../src/storage/sql.js';
import { openTestStorage } from '../../support/test-storage.js';
import { untilFound } from './worker-app.js';

let storage: Storage;
/** The database does not answer. */
let isDown = false;
let failures = 0;

const run: RunStatement = (statement, values) => {
  if (!isDown) return storage.run(statement, values);
  failures += 1;
  return Promise.reject(new Error('connection refused'));
};

beforeAll(async () => {
  storage = await openTestStorage();
});
afterAll(() => storage[Symbol.asyncDispose]());

beforeEach(async () => {
  isDown = false;
  failures = 0;
  await query(storage.fork(), 'delete from tool_audit');
});

describe('the audit', () => {
  it('has what was written when the write is over', async () => {
    await using writer = aWriter();
    await writer.write(aDraft({ toolName: 'shell', arguments: '{"a":"ü😀"}', durationMs: 4.6 }));
    expect(await rows()).toEqual([
      expect.objectContaining({
        ...{ tenant_id: 'acme', tool_name: 'shell', arguments: '{"a":"ü😀"}', duration_ms: 5 },
        ...{ kind: 'intent', is_privileged: false, trace_digest: 'abc' },
      }),
    ]);
  });

  it('has soon what nobody waits for, in its order', async () => {
    await using writer = aWriter();
    const names = Array.from({ length: 450 }, (_, index) => `tool-${index}`);
    for (const toolName of names) writer.writeSoon(aDraft({ toolName }));
    await untilFound(async () => ((await rows()).length === 450 ? true : null));
    expect((await rows()).map(({ tool_name }) => tool_name).sort()).toEqual(names.sort());
  });

  it('is written when the writer ends', async () => {
    {
      await using writer = aWriter({ lingerMs: 1_000_000 });
      writer.writeSoon(aDraft());
    }
    expect(await rows()).toHaveLength(1);
  });

  it('has one entry of a call that ends before its intent is written', async () => {
    {
      await using writer = aWriter({ lingerMs: 1_000_000 });
      const over = { arguments: null, outcome: 'ok', kind: 'outcome' } as const;
      writer.writeSoon(aDraft({ entryId: '1-0', arguments: '{"a":1}' }));
      writer.writeSoon(aDraft({ entryId: '2-0', arguments: '{"a":2}' }));
      writer.writeSoon(aDraft({ entryId: '1-0', attempt: 2, arguments: '{"a":3}' }));
      writer.writeSoon(aDraft({ entryId: '1-0', ...over, durationMs: 7 }));
      writer.writeSoon(aDraft({ entryId: '1-0', ...over, detail: 'again' }));
    }
    const told = (await rows()).map(({ kind, entry_id, attempt, arguments: given, detail }) =>
      [kind, entry_id, attempt, given, detail].join(' '),
    );
    expect(told.sort()).toEqual([
      'intent 1-0 2 {"a":3} ',
      'intent 2-0 1 {"a":2} ',
      'outcome 1-0 1  again',
      'outcome 1-0 1 {"a":1} ',
    ]);
  });

  it('has the intent of a call that takes longer by itself, and first', async () => {
    await using writer = aWriter();
    writer.writeSoon(aDraft({ arguments: '{"a":1}' }));
    await untilFound(async () => ((await rows()).length === 1 ? true : null));
    writer.writeSoon(aDraft({ kind: 'outcome', outcome: 'ok' }));
    await untilFound(async () => ((await rows()).length === 2 ? true : null));
    expect((await rows()).map(({ kind, arguments: given }) => [kind, given])).toEqual([
      ['intent', '{"a":1}'],
      ['outcome', null],
    ]);
  });

  it('keeps texts that the database cannot', async () => {
    await using writer = aWriter();
    await writer.write(aDraft({ toolName: 'a\0b\ud83d', correlationId: '\0', detail: 'x\udc00' }));
    expect(await rows()).toMatchObject([
      { tool_name: 'ab\uFFFD', correlation_id: '', detail: 'x\uFFFD' },
    ]);
  });

  it('cannot be altered', async () => {
    await using writer = aWriter();
    await writer.write(aDraft());
    const altering = query(storage.fork(), `update tool_audit set tool_name = 'other'`);
    await expect(altering).rejects.toThrow('append-only');
  });
});

describe('while the database does not answer', () => {
  it('a write that somebody waits for fails', async () => {
    await using writer = aWriter();
    isDown = true;
    await expect(writer.write(aDraft())).rejects.toThrow('connection refused');
    isDown = false;
    await writer.write(aDraft());
    expect(await rows()).toHaveLength(1);
  });

  it('others wait until it does, each written once', async () => {
    await using writer = aWriter({ retryMs: 5 });
    isDown = true;
    for (let count = 0; count < 10; count += 1) writer.writeSoon(aDraft());
    await untilFound(() => (failures >= 3 ? true : null));
    isDown = false;
    await untilFound(async () => ((await rows()).length > 0 ? true : null));
    expect(await rows()).toHaveLength(10);
  });

  it('the oldest of too many are given up', async () => {
    await using writer = aWriter({ retryMs: 5, maxWaiting: 3 });
    isDown = true;
    for (const toolName of ['a', 'b', 'c', 'd', 'e']) writer.writeSoon(aDraft({ toolName }));
    isDown = false;
    await untilFound(async () => ((await rows()).length > 0 ? true : null));
    expect((await rows()).map(({ tool_name }) => tool_name).sort()).toEqual(['c', 'd', 'e']);
  });

  it('the writer ends all the same', async () => {
    const writer = aWriter();
    isDown = true;
    writer.writeSoon(aDraft());
    await writer[Symbol.asyncDispose]();
    isDown = false;
    expect(await rows()).toEqual([]);
  });
});

function aWriter(options: Partial<AuditWriterOptions> = {}) {
  return createAuditWriter({
    run,
    logger: createLogger({ level: 'silent' }),
    lingerMs: 1,
    ...options,
  });
}

function aDraft(given: Partial<AuditDraft> = {}): AuditDraft {
  return {
    ...{ tenantId: 'acme', appId: 'shop', agentId: 'atlas', subject: 'mia', kind: 'intent' },
    ...{ toolName: 'tool', isPrivileged: false, entryId: '1-0', attempt: 1 },
    ...{ correlationId: 'c', traceDigest: 'abc', channel: null, platform: 'discord' },
    ...{ arguments: null, outcome: null, code: null, detail: null, durationMs: null },
    at: new Date(),
    ...given,
  };
}

function rows() {
  return query<Record<string, unknown>>(
    storage.fork(),
    'select * from tool_audit order by at, kind',
  );
}
