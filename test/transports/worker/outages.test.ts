import { describe, expect, it } from 'vitest';
import { completeInSteps } from '../../../src/messaging/complete-in-steps.js';
import { createDatabaseJobStore } from '../../../src/messaging/database/database-job-store.js';
import { openStorage } from '../../../src/storage/open-storage.js';
import { query } from '../../../src/storage/sql.js';
import { aCaller } from '../../calls/callers.js';
import { startPostgres } from '../../support/postgres.js';
import { aWorkerApp, untilFound } from './worker-app.js';

const leaseMs = 600;

/** A worker over messages in memory, on a PostgreSQL that can be stopped. */
async function aScene(jobsIn: 'memory' | 'database') {
  await using stack = new AsyncDisposableStack();
  const postgres = stack.use(await startPostgres());
  const storage = stack.use(await openStorage({ driver: 'postgres', url: postgres.url }));
  await storage.migrate();
  const worker = stack.use(
    await aWorkerApp({
      env: { WORKER_LEASE_MS: String(leaseMs), CALL_LEASE_MS: '1000' },
      ports: { storage },
      through: (messaging) => {
        if (jobsIn === 'memory') return messaging;
        const logger = { error: () => {} } as never;
        const jobs = createDatabaseJobStore({ run: storage.run, logger });
        const { requests } = messaging;
        return {
          ...messaging,
          jobs,
          complete: (completion) => completeInSteps({ jobs, requests }, completion),
        };
      },
    }),
  );
  const held = stack.move();
  return { postgres, storage, worker, [Symbol.asyncDispose]: () => held.disposeAsync() };
}

describe('messages in memory, and a database that is away for longer than all attempts', () => {
  it.each(['memory', 'database'] as const)('lose nothing with jobs in %s', async (jobsIn) => {
    await using scene = await aScene(jobsIn);
    const { worker, postgres } = scene;
    const acme = aCaller(worker.app, 'acme');
    const submitted = await acme.post('/agents/atlas/tools/makeSlowly/submit', {
      arguments: { name: 'submitted' },
    });
    expect(submitted.status).toBe(202);
    await worker.upstream.came(1);
    await postgres.stop();
    const asked = await Promise.all(
      Array.from({ length: 30 }, (_, n) =>
        worker.ask(
          n % 2
            ? { tool: 'makeThing', args: { name: `made ${n}` } }
            : {
                args: { id: `read-${n}` },
                more: n === 0 ? { deadline_at: Date.now() / 1000 } : {},
              },
        ),
      ),
    );
    await expect
      .poll(() => worker.app.worker?.storeProblem(), { timeout: 10_000 })
      .toContain('the database does not answer');
    // Where the leases are in the database, the call is stopped: nobody could tell whose it is.
    if (jobsIn === 'memory') worker.upstream.release();
    await new Promise((done) => setTimeout(done, 6 * leaseMs));
    await postgres.start();
    worker.upstream.release();
    const [late, ...others] = await Promise.all(asked.map((id) => worker.answer(id)));
    expect(late).toMatchObject({ code: 'DEADLINE_EXCEEDED' });
    for (const one of others) expect(one).toMatchObject({ outcome: 'ok', attempt: 1 });
    for (let n = 1; n < asked.length; n += 2) {
      expect(worker.upstream.seen.filter(({ body }) => body.includes(`made ${n}"`))).toHaveLength(
        1,
      );
    }
    const call = await untilFound(async () => {
      const [row] = await query<{ state: string; result: { outcome: string } }>(
        scene.storage.fork(),
        'select state, result from submitted_calls',
      );
      return row?.state === 'DONE' ? row : null;
    });
    expect(call.result.outcome).toBe(jobsIn === 'memory' ? 'OK' : 'INDETERMINATE');
    expect(worker.upstream.seen.filter(({ body }) => body.includes('submitted'))).toHaveLength(1);
    await worker.settled();
    expect(await worker.messaging.requests.listDeadLetters({ first: 10, after: null })).toEqual([]);
    expect(worker.app.worker?.storeProblem()).toBeNull();
  });
});
