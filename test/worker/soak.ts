import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { depthOf, describeStream, findDoubled, findEndless, findUnanswered } from './accounts.js';
import { buildScene, type Scene } from './scene.js';
import type { Ask } from './wire-caller.js';
import type { WorkerProcess } from './worker-process.js';

type Faults = { kills: number; restarts: number; isOver: boolean };

const workerCount = 3;
const requestsPerSecond = 60;
/** More are not sent while so many wait, so that an outage is no flood afterwards. */
const maxOpen = 600;
const settleMs = 120_000;

/** Runs the worker under random kills for some minutes and reconciles what was asked with answers and effects. */
async function soak(minutes: number): Promise<boolean> {
  await using scene = await buildScene({ postgresUrl: null, redis: { persistence: 'aof' } });
  const workers = await Promise.all(Array.from({ length: workerCount }, () => start(scene)));
  const faults: Faults = { kills: 0, restarts: 0, isOver: false };
  const durationMs = minutes * 60_000;
  const { caller } = scene;
  await caller.writeSession(caller.trace, caller.record, durationMs + 2 * settleMs);
  const at = performance.now();
  const breaking = Promise.all([
    killWorkers(scene, workers, faults),
    restartRedis(scene, { faults, everyMs: durationMs / 3 }),
  ]);
  const sent = await sendRequests(scene, at + durationMs);
  faults.isOver = true;
  await breaking;
  await settle(scene);
  const report = await account(scene, { ...faults, ...sent, minutes });
  console.log(toTable(report));
  if (report.pending + report.unread > 0) console.log(await describeStream(scene.caller));
  return (
    report.lost === 0 &&
    report.doubled === 0 &&
    report.pending + report.unread === 0 &&
    report.endless === 0
  );
}

/** Nothing of its own but the errors: a soak is long. */
function start(scene: Scene): Promise<WorkerProcess> {
  const leases = { WORKER_LEASE_MS: '3000', CALL_LEASE_MS: '3000' };
  return scene.startWorker({ env: { LOG_LEVEL: 'ERROR', ...leases } });
}

/** Every few seconds one that runs; another is started in its place while the others go on. */
async function killWorkers(scene: Scene, workers: WorkerProcess[], faults: Faults): Promise<void> {
  const starting = new Set<Promise<void>>();
  while (!faults.isOver) {
    await sleep(1500 + Math.random() * 3500);
    const index = Math.floor(Math.random() * workers.length);
    const [victim] = workers.splice(index, 1);
    if (!victim) continue;
    await victim.end('SIGKILL');
    faults.kills += 1;
    const next = start(scene).then((worker) => {
      workers.push(worker);
      starting.delete(next);
    });
    starting.add(next);
  }
  await Promise.all(starting);
}

/** Twice within the soak. */
async function restartRedis(
  scene: Scene,
  { faults, everyMs }: { faults: Faults; everyMs: number },
): Promise<void> {
  for (const _ of [1, 2]) {
    await sleep(everyMs);
    await scene.redis.stop('SIGKILL');
    await sleep(1000);
    await scene.redis.start();
    faults.restarts += 1;
  }
}

type Sent = { keys: number; repeated: number; latencies: number[] };

async function sendRequests(scene: Scene, until: number): Promise<Sent> {
  const sent: Sent = { keys: 0, repeated: 0, latencies: [] };
  let open = 0;
  const send = async (ask: Ask) => {
    open += 1;
    const at = performance.now();
    await scene.caller.answerTo(await scene.caller.ask(ask));
    sent.latencies.push(performance.now() - at);
    open -= 1;
  };
  while (performance.now() < until) {
    await sleep(1000 / requestsPerSecond);
    if (open >= maxOpen) continue;
    sent.keys += 1;
    const ask = aRequest(`soak ${sent.keys}`);
    void send(ask);
    if (Math.random() < 0.1) {
      sent.repeated += 1;
      void send(ask);
    }
  }
  return sent;
}

/** Half of them unsafe, and of a length that kills hit. */
function aRequest(key: string): Ask {
  const ms = Math.floor(20 + Math.random() ** 3 * 2000);
  const tool = ['make', 'slow', 'slow', 'read', 'slow_read', 'slow_read'][
    Math.floor(Math.random() * 6)
  ];
  return { tool: tool ?? 'make', args: { key, ms }, idemKey: key };
}

async function settle({ caller }: Scene): Promise<void> {
  const until = performance.now() + settleMs;
  while (performance.now() < until) {
    const { pending, lag } = await depthOf(caller);
    if (pending + lag === 0 && (await findUnanswered(caller)).length === 0) return;
    await sleep(200);
  }
}

type Report = Record<string, number> &
  Record<'lost' | 'doubled' | 'pending' | 'unread' | 'endless', number>;

async function account(
  { caller, oracle }: Scene,
  { minutes, kills, restarts, keys, repeated, latencies }: Faults & Sent & { minutes: number },
): Promise<Report> {
  const answers = caller.asked.map((one) => caller.answersSoFar(one));
  const { pending, lag } = await depthOf(caller);
  const firsts = answers.flatMap(([first]) => (first ? [first] : []));
  const sorted = latencies.toSorted((a, b) => a - b);
  const quantile = (part: number) => Math.round(sorted[Math.floor(sorted.length * part)] ?? 0);
  return {
    ...{ minutes, kills, 'Redis restarts': restarts },
    ...{ submitted: caller.asked.length, keys, 'of them repeated': repeated },
    answered: firsts.length,
    'answered ok': firsts.filter(({ outcome }) => outcome === 'ok').length,
    'answered INDETERMINATE': firsts.filter(({ code }) => code === 'INDETERMINATE').length,
    ...tallyOthers(firsts),
    'dead letters': (await caller.deadLetters()).length,
    lost: (await findUnanswered(caller)).length,
    doubled: findDoubled(oracle).length,
    effects: oracle.effects.length,
    'duplicates of answers': answers.reduce((sum, { length }) => sum + Math.max(0, length - 1), 0),
    takeovers: firsts.filter(({ attempt = 1 }) => attempt > 1).length,
    pending,
    unread: lag,
    endless: (await findEndless(caller)).length,
    ...{ 'p50 ms': quantile(0.5), 'p99 ms': quantile(0.99), 'longest ms': quantile(0.9999) },
  };
}

/** What neither went well nor is INDETERMINATE, by its code. */
function tallyOthers(answers: readonly { outcome?: string; code?: string }[]) {
  const others = answers.filter(
    ({ outcome, code }) => outcome !== 'ok' && code !== 'INDETERMINATE',
  );
  const codes = Map.groupBy(others, ({ outcome, code }) => `answered ${code ?? outcome ?? 'else'}`);
  return Object.fromEntries([...codes].map(([code, some]) => [code, some.length]));
}

function toTable(report: Report): string {
  const rows = Object.entries(report).map(([name, value]) => `| ${name} | ${value} |`);
  return ['| soak of the worker | |', '| --- | ---: |', ...rows].join('\n');
}

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { minutes: { type: 'string', default: '10' } },
});
const minutes = Number(values.minutes);
if (positionals[0] !== 'worker' || !(minutes > 0 && minutes <= 240)) {
  console.error('npm run soak -- worker [--minutes 10], where minutes are at most 240');
  process.exitCode = 1;
} else if (!(await soak(minutes))) {
  process.exitCode = 1;
}
