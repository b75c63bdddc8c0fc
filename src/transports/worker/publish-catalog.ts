import type { ChangeFeed } from '../../changes/change-feed.js';
import { AppError } from '../../errors.js';
import type { Logger } from '../../logger.js';
import type { CatalogStore } from '../../messaging/messaging.js';
import { type CatalogBody, catalogFormat, decodeCatalog, encodeCatalog } from './catalog-body.js';
import { mergeCatalogs } from './merge-catalogs.js';
import type { AgentCatalog, CatalogOwner, ReadCatalog } from './read-catalog.js';
import type { PolicyWatch } from './watch-policy.js';

export type CatalogPublisherOptions = {
  read: ReadCatalog;
  feed: ChangeFeed;
  catalogs: CatalogStore;
  policy: Pick<PolicyWatch, 'current' | 'writtenAt'>;
  owner: CatalogOwner;
  logger: Logger;
  /** Between two looks that nobody asked for. */
  checkMs?: number;
};

export interface CatalogPublisher extends AsyncDisposable {
  /** Of what was published last; empty before that. */
  schemaHash(): string;
  /** Publishes what has changed, if anything; resolves when it stands. Throws what keeps it from that. */
  refresh(): Promise<void>;
}

const keepMs = 24 * 60 * 60 * 1000;
const maxAttempts = 20;
const maxPauseMs = 5000;

/**
 * Publishes an agent's tools for the callers of the worker, at once and after every change. What fails is tried again
 * until disposed.
 */
export function startCatalogPublisher(options: CatalogPublisherOptions): CatalogPublisher {
  const { feed, owner, logger, checkMs = 30_000 } = options;
  const stop = new AbortController();
  const publish = createPublishing(options);
  let running: Promise<void> | null = null;
  let next: Promise<void> | null = null;

  /** What is asked for while one runs is done once after it. */
  function refresh(): Promise<void> {
    if (!running) {
      running = publish.now().finally(() => {
        running = null;
      });
      return running;
    }
    next ??= running
      .catch(() => {})
      .then(() => {
        next = null;
        return refresh();
      });
    return next;
  }

  async function refreshUntilDone(): Promise<void> {
    for (let pauseMs = 100; !stop.signal.aborted; pauseMs = Math.min(maxPauseMs, pauseMs * 2)) {
      try {
        return await refresh();
      } catch (err) {
        logger.warn({ err }, 'the catalog could not be published');
        await pause(pauseMs, stop.signal);
      }
    }
  }

  let trying: Promise<void> | null = null;
  let isDue = false;
  function trigger(): void {
    isDue = true;
    trying ??= (async () => {
      while (isDue && !stop.signal.aborted) {
        isDue = false;
        await refreshUntilDone();
      }
      trying = null;
    })();
  }

  const following = followChanges(feed, owner.tenant, { signal: stop.signal, logger }, trigger);
  const timer = setInterval(trigger, checkMs).unref();
  trigger();
  return {
    schemaHash: publish.schemaHash,
    refresh: () =>
      refresh().catch((error: unknown) => {
        trigger();
        throw error;
      }),
    [Symbol.asyncDispose]: async () => {
      stop.abort();
      clearInterval(timer);
      await following;
      await trying;
      await running?.catch(() => {});
    },
  };
}

function createPublishing({ read, catalogs, policy, owner, logger }: CatalogPublisherOptions) {
  const offered = { digest: '', permissionsAt: Number.NaN };
  let schemaHash = '';

  async function now(): Promise<void> {
    for (let attempt = 1; attempt <= maxAttempts; attempt += 1) {
      const body = toBody(await read(owner), policy, owner);
      const { digest, permissionsAt } = body.origin;
      const current = await catalogs.current();
      const known = current && decodeCatalog(current.body);
      const merged = mergeCatalogs(known, {
        body,
        hasNewTools: digest !== offered.digest,
        hasNewPermissions: permissionsAt !== offered.permissionsAt,
      });
      const isDone = merged === null || (await tryToPublish(merged, current?.seq ?? 0));
      if (!isDone) continue;
      const { schemaHash: stands } = merged ?? known ?? body;
      if (stands !== schemaHash) {
        // As many characters as people compare.
        logger.info({ hash: stands.slice(0, 12) }, 'the catalog is published');
      }
      schemaHash = stands;
      Object.assign(offered, { digest, permissionsAt });
      return;
    }
    throw new AppError('CONFLICT', 'Other workers published catalogs all the time.');
  }

  async function tryToPublish(body: CatalogBody, expected: number): Promise<boolean> {
    const encoded = encodeCatalog(body);
    const seq = await catalogs.publish({
      ...{ expected, keepMs, body: encoded, schemaHash: body.schemaHash },
    });
    return seq !== null;
  }

  return { now, schemaHash: () => schemaHash };
}

function toBody(
  { revision, tools, schemaHash, digest }: AgentCatalog,
  policy: CatalogPublisherOptions['policy'],
  { tenant, agentId }: CatalogOwner,
): CatalogBody {
  return {
    ...{ tools, schemaHash, permissions: policy.current().permissions },
    origin: {
      ...{ tenant, agent: agentId, format: catalogFormat, revision: BigInt(revision), digest },
      permissionsAt: policy.writtenAt().getTime(),
    },
  };
}

/** Calls back after every change of the tenant's catalog, and after every gap in hearing of them. */
async function followChanges(
  feed: ChangeFeed,
  tenant: string,
  { signal, logger }: { signal: AbortSignal; logger: Logger },
  onChange: () => void,
): Promise<void> {
  while (!signal.aborted) {
    const changes = feed.follow(tenant, { after: null });
    const end = () => void changes.return?.();
    signal.addEventListener('abort', end, { once: true });
    try {
      for await (const _ of changes) onChange();
    } catch (err) {
      logger.debug({ err }, 'the publisher of the catalog fell behind the changes');
    } finally {
      signal.removeEventListener('abort', end);
    }
    if (signal.aborted) return;
    onChange();
    await pause(100, signal);
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((done) => {
    const timer = setTimeout(end, ms);
    function end() {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      done();
    }
    signal.addEventListener('abort', end, { once: true });
    if (signal.aborted) end();
  });
}
