import type { EntityManager } from '@mikro-orm/postgresql';
import { createBatcher } from '../lib/batcher.js';
import type { Logger } from '../logger.js';
import type { Listen } from '../storage/listen.js';
import type { ChangeFeed } from './change-feed.js';
import { onCommittedWrite } from './committed-writes.js';
import { readRevisions } from './current-revision.js';
import { followLog } from './follow-log.js';
import { KnownRevisions } from './known-revisions.js';
import { TenantLogs } from './tenant-logs.js';
import { catalogChannel } from './write-catalog.js';

export type ChangeFeedOptions = {
  fork(): EntityManager;
  /** How other processes' writes are heard; null: there are no others. */
  listen: Listen | null;
  logger: Logger;
  settings: { checkMs: number; maxLag: number };
};

/**
 * One feed for a process. Notifications only wake it: what it tells is read from the log, and a look at the database
 * every `checkMs` makes good for notifications that were lost.
 */
export function createChangeFeed(options: ChangeFeedOptions): ChangeFeed {
  const { fork, listen, logger, settings } = options;
  const known = new KnownRevisions(listen === null);
  const logs = new TenantLogs({ fork, logger, maxChanges: settings.maxLag });
  const closing = new AbortController();
  // While nothing is heard everyone who asks looks at the database: those at once share a look.
  const asked = createBatcher<string, string>(
    async (tenants) => {
      const revisions = await readRevisions(fork(), [...new Set(tenants)]);
      return tenants.map((tenant) => revisions.get(tenant) ?? '0');
    },
    { maxItems: 1000 },
  );

  const learn = (tenant: string, revision: string) => {
    known.learn(tenant, revision);
    logs.announce(tenant, revision);
  };
  const check = async () => {
    const tenants = [...new Set([...known.tenants(), ...logs.tenants()])];
    if (tenants.length === 0) return;
    try {
      for (const [tenant, revision] of await readRevisions(fork(), tenants)) {
        learn(tenant, revision);
      }
    } catch (err) {
      if (!closing.signal.aborted) logger.error({ err }, 'the change log could not be checked');
    }
  };

  let checks = Promise.resolve();
  const checkNext = () => {
    checks = checks.then(check);
  };
  const timer = setInterval(checkNext, settings.checkMs).unref();
  const writes = onCommittedWrite(fork(), learn);
  const listening = listen?.(catalogChannel, {
    onMessage: (payload) => learn(...parsePayload(payload)),
    onUp: () => {
      known.hear();
      checkNext();
    },
    onDown: () => known.goDeaf(),
  });

  return {
    revisionOf: (tenant) => known.of(tenant, () => asked.add(tenant)),
    follow: (tenant, follow) =>
      followLog(
        {
          fork,
          hold: () => logs.hold(tenant),
          release: (log) => logs.release(log),
          signal: closing.signal,
        },
        follow,
      ),
    [Symbol.asyncDispose]: async () => {
      closing.abort();
      clearInterval(timer);
      writes[Symbol.dispose]();
      await listening?.[Symbol.asyncDispose]();
      await Promise.all([checks, logs.close()]);
    },
  };
}

/** `<revision> <tenant>` */
function parsePayload(payload: string): [tenant: string, revision: string] {
  const space = payload.indexOf(' ');
  return [payload.slice(space + 1), payload.slice(0, space)];
}
