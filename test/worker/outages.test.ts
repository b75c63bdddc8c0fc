import { describe, expect, it, vi } from 'vitest';
import { query } from '../../src/storage/sql.js';
import { type PostgresServer, startPostgres } from '../support/postgres.js';
import { expectAccounted } from './invariants.js';
import { missingServer, titled } from './needs.js';
import { buildScene, leaseMs, type Scene } from './scene.js';
import type { Ask, Asked } from './wire-caller.js';
import { isReady, type WorkerProcess } from './worker-process.js';

type Outage = { scene: Scene; workers: WorkerProcess[] };

const readiness = async ({ health }: WorkerProcess) => {
  const answer = await fetch(`${health}/readyz`);
  return answer.text();
};
const said = ({ log }: WorkerProcess, text: string) =>
  log().filter(({ msg }) => msg.includes(text)).length;

/** Two workers, a held call of each kind, then an outage with requests that arrive meanwhile. */
async function during(
  { scene, workers }: Outage,
  { stop, start, ask }: { stop(): Promise<void>; start(): Promise<void>; ask: boolean },
): Promise<Asked[]> {
  const make = (key: string): Ask => ({ tool: 'make', args: { key } });
  const before = await Promise.all([1, 2, 3].map((n) => scene.caller.ask(make(`before ${n}`))));
  const held = await scene.caller.ask({ tool: 'held', args: { key: 'held' } });
  await scene.oracle.came('held');
  await stop();
  const meanwhile = ask
    ? await Promise.all(
        Array.from({ length: 40 }, (_, n) =>
          scene.caller.ask(n % 2 ? make(`m${n}`) : { tool: 'read', args: { key: `m${n}` } }),
        ),
      )
    : [];
  await vi.waitFor(
    async () => {
      for (const worker of workers) expect(await readiness(worker)).toContain('cannot be read');
    },
    { timeout: 15_000, interval: 100 },
  );
  if (ask) scene.oracle.release('held');
  // Every attempt that there was would be over by then: three, with pauses of a third of a lease.
  await new Promise((done) => setTimeout(done, 6 * leaseMs));
  await start();
  scene.oracle.release('held');
  return [...before, ...meanwhile, held];
}

async function expectWhole({ scene, workers }: Outage, asked: Asked[]): Promise<void> {
  for (const one of asked) {
    const answer = await scene.caller.answerTo(one);
    expect(answer.code).not.toBe('RETRIES_EXHAUSTED');
  }
  expect(await scene.caller.deadLetters()).toEqual([]);
  await expectAccounted(scene);
  await vi.waitFor(
    async () => expect(await Promise.all(workers.map(isReady))).toEqual([true, true]),
    { timeout: 15_000 },
  );
  for (const worker of workers) {
    expect(said(worker, 'a store is away')).toBe(1);
    expect(said(worker, 'all stores answer again')).toBe(1);
  }
}

async function openOutage(postgres: PostgresServer): Promise<Outage> {
  const scene = await buildScene({ postgresUrl: postgres.url, redis: { persistence: 'aof' } });
  return { scene, workers: await Promise.all([scene.startWorker(), scene.startWorker()]) };
}

describe.skipIf(missingServer)(
  titled('an outage that outlasts all attempts', missingServer),
  () => {
    it('of the database costs none: what came meanwhile runs once it is back, what ran is told', async () => {
      await using postgres = await startPostgres();
      const outage = await openOutage(postgres);
      await using scene = outage.scene;
      const asked = await during(outage, { ...postgres, ask: true });
      await expectWhole(outage, asked);
      for (const one of asked) {
        expect(await scene.caller.answerTo(one)).toMatchObject({ outcome: 'ok', attempt: 1 });
      }
      expect(scene.oracle.count('held')).toBe(1);
      const attempts = await query<{ attempt: number }>(
        scene.fork(),
        `select distinct attempt from tool_audit where kind = 'outcome'`,
      );
      expect(attempts).toEqual([{ attempt: 1 }]);
    }, 120_000);

    it('of the database ends requests that are too late by then, and tells their callers so', async () => {
      await using postgres = await startPostgres();
      const outage = await openOutage(postgres);
      await using scene = outage.scene;
      const more = { deadline_at: Date.now() / 1000 + 4 };
      await postgres.stop();
      const asked = await Promise.all([
        scene.caller.ask({ tool: 'make', args: { key: 'late' }, more }),
        scene.caller.ask({ tool: 'read', args: { key: 'late' }, more }),
      ]);
      await new Promise((done) => setTimeout(done, 5000));
      await postgres.start();
      for (const one of asked) {
        expect(await scene.caller.answerTo(one)).toMatchObject({ code: 'DEADLINE_EXCEEDED' });
      }
      expect(scene.oracle.count('late')).toBe(0);
      expect(await scene.caller.deadLetters()).toEqual([]);
      await expectAccounted(scene);
    }, 120_000);

    it('of Redis costs none either', async () => {
      await using postgres = await startPostgres();
      const outage = await openOutage(postgres);
      await using scene = outage.scene;
      const asked = await during(outage, {
        stop: () => scene.redis.stop('SIGKILL'),
        start: () => scene.redis.start(),
        ask: false,
      });
      await expectWhole(outage, asked);
      expect(scene.oracle.count('held')).toBe(1);
      const after = await scene.caller.ask({ tool: 'read', args: { key: 'after' } });
      expect(await scene.caller.answerTo(after)).toMatchObject({ outcome: 'ok' });
    }, 120_000);
  },
);
