import { backfillSearch } from './agents/backfill-search.js';
import { type Calls, createCalls } from './calls/create-calls.js';
import { createSubmittedCalls } from './calls/submitted/create-submitted-calls.js';
import type { SubmittedParts } from './calls/submitted/submitted-parts.js';
import { startSubmittedSweeper } from './calls/submitted/sweep-submitted-calls.js';
import { startCallSweeper } from './calls/sweep-calls.js';
import type { Config } from './config-types.js';
import { assertRingOpens } from './credentials/assert-ring-opens.js';
import { seedLocalTools } from './local-tools/seed-local-tools.js';
import { openPorts, type Ports } from './open-ports.js';
import { loadSkills } from './skills/load-skills.js';
import { openWorker } from './transports/worker/open-worker.js';

/** Everything but what serves callers. */
export type Core = { ports: Ports; calls: Calls; submitted: SubmittedParts };

/** Opens and migrates the database, seeds it and checks the key ring; what calls need runs. */
export async function openCore(
  config: Config,
  overrides: Partial<Ports>,
  stack: AsyncDisposableStack,
): Promise<Core> {
  const ports = await openPorts(config, overrides, stack);
  await ports.storage.migrate();
  await backfillSearch(ports.storage.fork());
  await assertRingOpens(ports.storage.fork(), ports.sealer);
  await seedLocalTools(ports.storage.fork(), ports.clock);
  if (config.skills) {
    await loadSkills({ ...ports, ...config.skills, fork: () => ports.storage.fork() });
  }
  // The data directory of the embedded database is locked: one process at a time has it.
  const isAlone = config.database.driver === 'pglite' && !overrides.storage;
  const calls = await openCalls(config, ports, { stack, isAlone });
  const submitted = await openSubmitted(config, ports, { stack, isAlone });
  return { ports, calls, submitted };
}

/** Lets a worker begin. */
export function startWorker(
  { worker: config, secrets }: Config,
  { ports, calls, submitted }: Core,
) {
  const { storage, workerObserver: observer } = ports;
  const { workerGrantSecret: grantSecret } = secrets;
  return openWorker({
    ...{ ...ports, config, grantSecret, calls, submitted, observer },
    run: storage.run,
  });
}

async function openCalls(
  { calls: settings }: Config,
  ports: Ports,
  { stack, isAlone }: { stack: AsyncDisposableStack; isAlone: boolean },
): Promise<Calls> {
  const fork = () => ports.storage.fork();
  const calls = stack.use(
    createCalls({ ...ports, settings, fork, run: ports.storage.run, isAlone }),
  );
  stack.use(await startCallSweeper({ ...calls, fork, isAlone }));
  return calls;
}

async function openSubmitted(
  { calls: { retentionDays }, live: { checkMs }, worker }: Config,
  { storage, messaging, sealer, logger }: Ports,
  { stack, isAlone }: { stack: AsyncDisposableStack; isAlone: boolean },
): Promise<SubmittedParts> {
  const { run, listen } = storage;
  const { requests } = messaging;
  // A worker that died is found out by then, if the log still has what it ran.
  const settings = { retentionDays, requeueMs: 2 * worker.leaseMs };
  const submitted = stack.use(
    createSubmittedCalls({
      ...{ run, listen, sealer, requests, logger, checkMs, settings },
      fork: () => storage.fork(),
    }),
  );
  const hasLostLog = isAlone && messaging.kind === 'memory';
  stack.use(await startSubmittedSweeper({ ...submitted, hasLostLog }));
  return submitted;
}
