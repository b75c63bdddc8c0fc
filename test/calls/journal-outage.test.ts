import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import type { Claim } from '../../src/calls/call-claim.js';
import { type CallJournal, createCallJournal } from '../../src/calls/call-journal.js';
import { createLogger } from '../../src/logger.js';
import { openStorage } from '../../src/storage/open-storage.js';
import { createDatabase, createTemplate, startPostgres } from '../support/postgres.js';

const leaseMs = 1500;

/** The journal of one replica, with connections of its own. */
async function openJournal(stack: AsyncDisposableStack, url: string): Promise<CallJournal> {
  const storage = stack.use(await openStorage({ driver: 'postgres', url }));
  const logger = createLogger({ level: 'silent' });
  const options = { fork: () => storage.fork(), run: storage.run, logger, leaseMs, isAlone: false };
  return stack.use(createCallJournal(options));
}

function aClaim(): Claim {
  return {
    ...{ id: randomUUID(), argumentsDigest: 'digest', isSafe: false },
    draft: {
      ...{ tenantId: 'acme', appId: null, agentId: 'atlas', subject: null, apiId: null },
      ...{ mcpServerId: null, endpointId: randomUUID(), toolName: 'make', method: 'POST' },
      ...{ idempotencyKey: randomUUID(), jobId: null, sandboxId: null, arguments: {} },
      ...{ request: null, startedAt: new Date().toISOString() },
    },
  };
}

/** Tries until the database answers, and no longer. */
async function untilAnswered<Result>(act: () => Promise<Result>): Promise<Result> {
  for (;;) {
    try {
      return await act();
    } catch {
      await sleep(20);
    }
  }
}

async function untilTakenOver(journal: CallJournal): Promise<string[]> {
  for (;;) {
    const taken = await journal.takeOverDead({ limit: 10 });
    if (taken.length > 0) return taken.map(({ id }) => id);
    await sleep(50);
  }
}

it('leaves a call with its process after an outage that outlasted its lease, and takes over that of a dead one', async () => {
  await using stack = new AsyncDisposableStack();
  const postgres = stack.use(await startPostgres());
  await createTemplate(postgres.url);
  const url = await createDatabase(postgres.url);
  const [living, dying, judge] = [
    await openJournal(stack, url),
    await openJournal(stack, url),
    await openJournal(stack, url),
  ];
  const [running, lost] = [aClaim(), aClaim()];
  expect(await living.claim(running)).toBe(true);
  expect(await dying.claim(lost)).toBe(true);
  await sleep(leaseMs);
  // What a process does for its calls when it is gone: nothing.
  dying.letGo(lost.id);
  await postgres.stop();
  await sleep(2 * leaseMs);
  await postgres.start();
  expect(await untilAnswered(() => judge.takeOverDead({ limit: 10 }))).toEqual([]);
  expect(await untilTakenOver(judge)).toEqual([lost.id]);
  const ending = {
    ...{ outcome: 'OK' as const, status: 200, error: null, durationMs: 1, attempts: 1 },
    finishedAt: new Date(),
  };
  expect(await living.finish(running, ending, null)).toBe(true);
}, 120_000);

it('waits with its judgement when it has just begun: the database may have been away until now', async () => {
  await using stack = new AsyncDisposableStack();
  const postgres = stack.use(await startPostgres());
  await createTemplate(postgres.url);
  const url = await createDatabase(postgres.url);
  const dead = await openJournal(stack, url);
  const claim = aClaim();
  expect(await dead.claim(claim)).toBe(true);
  dead.letGo(claim.id);
  await sleep(leaseMs);
  const judge = await openJournal(stack, url);
  expect(await judge.takeOverDead({ limit: 10 })).toEqual([]);
  expect(await untilTakenOver(judge)).toEqual([claim.id]);
}, 120_000);
