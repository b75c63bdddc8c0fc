import { IsolationLevel } from '@mikro-orm/core';
import type { EntityManager } from '@mikro-orm/postgresql';
import type { ChangeFeed } from '../changes/change-feed.js';
import { readRevisions } from '../changes/current-revision.js';
import { RecentMap } from '../lib/recent-map.js';
import { localToolsTenant } from '../local-tools/local-tools-revision.js';
import { isAtLeast, type Version, ViewCache, type Viewed } from './view-cache.js';

/** One moment of the catalog: every statement on `em` sees the same rows, those of `version`. */
export type Snapshot = { em: EntityManager; version: Version };

/** Makes parts that nobody remembers, in one moment; each that is asked for has an entry in the answer. */
export type ReadParts<Value> = (
  snapshot: Snapshot,
  parts: readonly string[],
) => Promise<ReadonlyMap<string, Value>>;

/** What is read of agents' tools, remembered under the revision that it was read from. */
export interface AgentViews {
  /**
   * Parts of a tenant's views, each with the version that is exactly its own, which is no older than any that this
   * process has heard of. A part's name says all that it is made of, `read` among it. Who asks for a part that is being
   * read waits for that read; what comes back is frozen.
   */
  recall<Value>(
    tenant: string,
    parts: readonly string[],
    read: ReadParts<Value>,
  ): Promise<Map<string, Viewed<Value>>>;
}

export type AgentViewsOptions = {
  feed: Pick<ChangeFeed, 'revisionOf'>;
  fork(): EntityManager;
  /** How much memory views may take, estimated. */
  maxBytes?: number;
};

const defaultMaxBytes = 64 * 1024 * 1024;
const maxTenants = 10_000;

export function createAgentViews(options: AgentViewsOptions): AgentViews {
  const { feed, fork, maxBytes = defaultMaxBytes } = options;
  const cache = new ViewCache(maxBytes);
  const running = new Map<string, Promise<Viewed<unknown>>>();
  /** The newest versions that were read: a read may be ahead of what was heard, and nothing goes back behind it. */
  const seen = new RecentMap<string, Version>(maxTenants);

  async function newestOf(tenant: string): Promise<Version> {
    const [revision, localRevision] = await Promise.all([
      feed.revisionOf(tenant),
      feed.revisionOf(localToolsTenant),
    ]);
    return newer(
      { revision: BigInt(revision), localRevision: BigInt(localRevision) },
      seen.get(tenant),
    );
  }

  async function readNow(
    tenant: string,
    parts: readonly string[],
    read: ReadParts<unknown>,
  ): Promise<Map<string, Viewed<unknown>>> {
    const found = await fork().transactional(
      async (em) => {
        const version = await readVersion(em, tenant);
        const values = await read({ em, version }, parts);
        seen.set(tenant, newer(version, seen.get(tenant)));
        return new Map([...values].map(([part, value]) => [part, { value, version }]));
      },
      { isolationLevel: IsolationLevel.REPEATABLE_READ, readOnly: true },
    );
    for (const [part, viewed] of found) cache.put(tenant, part, viewed);
    return found;
  }

  /** Reads parts that nobody is reading; whoever asks for one of them meanwhile shares it. */
  function begin(tenant: string, parts: readonly string[], read: ReadParts<unknown>) {
    const reading = readNow(tenant, parts, read);
    return parts.map((part) => {
      const key = `${tenant}\n${part}`;
      const one = reading.then((found) => {
        const viewed = found.get(part);
        if (!viewed) throw new Error('A part of a view was asked for and not read.');
        return viewed;
      });
      running.set(key, one);
      const end = () => {
        if (running.get(key) === one) running.delete(key);
      };
      one.then(end, end);
      return [part, one] as const;
    });
  }

  async function recallUnknown(
    tenant: string,
    unknown: readonly string[],
    wanted: Version,
    read: ReadParts<unknown>,
  ): Promise<Map<string, Viewed<unknown>>> {
    const shared = unknown.flatMap((part) => {
      const one = running.get(`${tenant}\n${part}`);
      return one ? [[part, one] as const] : [];
    });
    const sharedParts = new Set(shared.map(([part]) => part));
    const own = unknown.filter((part) => !sharedParts.has(part));
    const begun = own.length > 0 ? begin(tenant, own, read) : [];
    const [ofOthers, ofOwn] = await Promise.all([settle(shared), settle(begun)]);
    const fresh = ofOthers.filter(([, { version }]) => isAtLeast(version, wanted));
    const found = new Map([...ofOwn, ...fresh]);
    if (fresh.length === ofOthers.length) return found;
    // Those reads began before the revision that is wanted was heard of.
    const old = ofOthers.map(([part]) => part).filter((part) => !found.has(part));
    return new Map([...found, ...(await recallFrom(tenant, old, wanted, read))]);
  }

  async function recallFrom(
    tenant: string,
    parts: readonly string[],
    wanted: Version,
    read: ReadParts<unknown>,
  ): Promise<Map<string, Viewed<unknown>>> {
    const known = new Map<string, Viewed<unknown>>();
    const unknown: string[] = [];
    for (const part of parts) {
      const viewed = cache.get(tenant, part, wanted);
      if (viewed) known.set(part, viewed);
      else unknown.push(part);
    }
    if (unknown.length === 0) return known;
    return new Map([...known, ...(await recallUnknown(tenant, unknown, wanted, read))]);
  }

  return {
    recall: async <Value>(tenant: string, parts: readonly string[], read: ReadParts<Value>) => {
      const wanted = await newestOf(tenant);
      const found = await recallFrom(tenant, [...new Set(parts)], wanted, read);
      // A part's name stands for what `read` makes.
      return found as Map<string, Viewed<Value>>;
    },
  };
}

function newer(one: Version, other: Version | undefined): Version {
  if (!other || isAtLeast(one, other)) return one;
  if (isAtLeast(other, one)) return other;
  const isAhead = one.revision > other.revision;
  return {
    revision: (isAhead ? one : other).revision,
    localRevision: (isAhead ? other : one).localRevision,
  };
}

async function readVersion(em: EntityManager, tenant: string): Promise<Version> {
  const revisions = await readRevisions(em, [tenant, localToolsTenant]);
  const of = (name: string) => BigInt(revisions.get(name) ?? '0');
  return { revision: of(tenant), localRevision: of(localToolsTenant) };
}

function settle<Value>(
  running: readonly (readonly [string, Promise<Value>])[],
): Promise<(readonly [string, Value])[]> {
  return Promise.all(running.map(async ([part, one]) => [part, await one] as const));
}
