import { randomBytes } from 'node:crypto';
import type { AgentViews } from '../../agents/agent-views.js';
import { createAuditWriter } from '../../calls/audit/audit-writer.js';
import type { CallParts } from '../../calls/call-parts.js';
import type { SubmittedParts } from '../../calls/submitted/submitted-parts.js';
import type { ChangeFeed } from '../../changes/change-feed.js';
import type { WorkerConfig } from '../../config-types.js';
import type { Clock } from '../../context.js';
import type { Logger } from '../../logger.js';
import type { Messaging } from '../../messaging/messaging.js';
import { type RunStatement, toStatement } from '../../storage/sql.js';
import type { WorkerObserver } from '../../telemetry/worker-observer.js';
import { createGrantCheck } from './check-grant.js';
import { createStalenessCheck } from './check-staleness.js';
import { createDelegatedSource } from './delegated-source.js';
import { type CatalogPublisher, startCatalogPublisher } from './publish-catalog.js';
import { createCatalogReader, type ReadCatalog } from './read-catalog.js';
import { type RunningWorker, runWorker } from './run-worker.js';
import { createSubmittedSource } from './submitted-source.js';
import { type PolicyWatch, watchPolicy } from './watch-policy.js';
import { type StoreWatch, watchStores } from './watch-stores.js';
import { createWorkerAudit } from './worker-audit.js';

export type WorkerDeps = {
  config: WorkerConfig;
  /** Null: delegated requests need no grant. */
  grantSecret: string | null;
  messaging: Messaging;
  calls: CallParts;
  submitted: SubmittedParts;
  views: AgentViews;
  feed: ChangeFeed;
  run: RunStatement;
  clock: Clock;
  logger: Logger;
  observer: WorkerObserver;
};

/** The worker of this process: everything that it needs, and the requests that it runs. */
export type Worker = AsyncDisposable &
  Pick<RunningWorker, 'vitals' | 'stop' | 'hurry'> & {
    /** A sentence while the policy that holds is not the one that was asked for. */
    policyProblem(): string | null;
    /** What is away of what calls need, as a sentence; nothing is read then. */
    storeProblem(): string | null;
    /** Throws UPSTREAM_FAILED when the messages cannot be reached. */
    ping(): Promise<void>;
  };

/**
 * Opens the worker, publishes the catalog and begins to run requests. The stores need not answer yet. Throws INVALID_INPUT
 * for a policy that is wrong.
 */
export async function openWorker(deps: WorkerDeps): Promise<Worker> {
  const { config, grantSecret: secret, messaging, logger, clock, views } = deps;
  const { grants } = messaging;
  await using stack = new AsyncDisposableStack();
  let publisher: CatalogPublisher | null = null;
  const policy = stack.use(
    await watchPolicy({
      ...{ path: config.policyPath, feed: messaging.config, logger },
      onReload: () => void publisher?.refresh().catch(() => {}),
    }),
  );
  const read = createCatalogReader(views);
  publisher = startPublisher(deps, { policy, read });
  if (publisher) stack.use(publisher);
  const writer = stack.use(createAuditWriter({ run: deps.run, logger }));
  const audit = createWorkerAudit({ writer, logger, clock, policy });
  const { tenant, app, agent, names } = config;
  const delegated = createDelegatedSource({
    ...{ policy, audit, clock, defaults: { tenant, app, agent } },
    ...{ sessions: messaging.sessions, checksSessions: messaging.checksSessions },
    checkGrant: secret === null ? null : createGrantCheck({ secret, grants, clock }),
    isStale: createStalenessCheck({ read, catalogs: messaging.catalogs }),
    replyRules: { prefixes: names.replyPrefixes, own: [names.stream, names.deadLetterStream] },
  });
  const submitted = createSubmittedSource({ submitted: deps.submitted, policy });
  const consumer = `tools-${randomBytes(4).toString('hex')}`;
  const stores = stack.use(openStores(deps));
  const sources = [submitted, delegated];
  const worker = stack.use(
    runWorker({ ...deps, consumer, settings: config, sources, audit, stores }),
  );
  logger.info({ consumer, messages: messaging.kind }, 'the worker is ready');
  const held = stack.move();
  return {
    vitals: () => worker.vitals(),
    stop: () => worker.stop(),
    hurry: () => worker.hurry(),
    policyProblem: () => policy.problem(),
    storeProblem: () => stores.problem(),
    ping: () => messaging.ping(),
    [Symbol.asyncDispose]: () => held.disposeAsync(),
  };
}

/** A standby that was not promoted yet answers, and takes no writes. */
const isWritable = toStatement(
  `select 1 as writable where current_setting('transaction_read_only') = 'off'`,
);

function openStores({ messaging, run, logger }: WorkerDeps): StoreWatch {
  const name = messaging.kind === 'redis' ? 'Redis' : 'the memory of this process';
  const askDatabase = async () => {
    if ((await run(isWritable, [])).length === 0) throw new Error('It takes no writes.');
  };
  const stores = [
    { name, ask: () => messaging.ping() },
    { name: 'the database', ask: askDatabase },
  ];
  return watchStores({ stores, logger });
}

/** Null where no agent is configured whose tools callers would read. */
function startPublisher(
  { config: { tenant, agent }, messaging: { catalogs }, feed, logger }: WorkerDeps,
  { policy, read }: { policy: PolicyWatch; read: ReadCatalog },
): CatalogPublisher | null {
  if (tenant === null || agent === null) return null;
  const owner = { tenant, agentId: agent };
  return startCatalogPublisher({ read, feed, catalogs, policy, owner, logger });
}
