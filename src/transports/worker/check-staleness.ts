import { RecentMap } from '../../lib/recent-map.js';
import type { CatalogStore } from '../../messaging/messaging.js';
import { type CatalogOrigin, decodeCatalog } from './catalog-body.js';
import type { CatalogOwner, ReadCatalog } from './read-catalog.js';

export type StalenessQuestion = CatalogOwner & {
  toolName: string;
  /** What the caller built its arguments by: the hash of the tool, or of all tools. Not empty. */
  schemaHash: string;
};

/** Whether a caller has to read the catalog anew before it may call this tool. */
export type CheckStaleness = (question: StalenessQuestion) => Promise<boolean>;

const maxVersions = 200;
const lookAgainMs = 250;

/**
 * Holds a request's hash against the one tool that it calls: changes of other tools make nothing stale. A hash of all
 * tools is that of the current catalog, or of an older version that is still kept and had the same schema of this tool.
 * Throws UPSTREAM_FAILED when older versions are needed and cannot be read.
 */
export function createStalenessCheck(options: {
  read: ReadCatalog;
  catalogs: CatalogStore;
}): CheckStaleness {
  const { read, catalogs } = options;
  const versions = createVersions(catalogs);
  return async ({ toolName, schemaHash, ...owner }) => {
    const catalog = await read(owner);
    const hash = catalog.hashes.get(toolName);
    if (schemaHash === hash || schemaHash === catalog.schemaHash) return false;
    const version = await versions.find(schemaHash);
    if (!version) return true;
    // This process has not heard of that revision yet, and the call will be held against it anyway.
    if (isOf(version.origin, owner) && version.origin.revision > BigInt(catalog.revision))
      return false;
    return hash === undefined || version.hashes.get(toolName) !== hash;
  };
}

type Version = {
  schemaHash: string;
  hashes: ReadonlyMap<string, string>;
  origin: CatalogOrigin;
};

function isOf({ tenant, agent }: CatalogOrigin, owner: CatalogOwner): boolean {
  return tenant === owner.tenant && agent === owner.agentId;
}

/** Published catalogs, each read once. */
function createVersions(catalogs: CatalogStore) {
  const bySeq = new RecentMap<number, Version | null>(maxVersions);
  /** When hashes that nobody knew were looked for. */
  const missed = new RecentMap<string, number>(maxVersions);
  let newestSeq = 0;
  let looking: Promise<void> | null = null;

  async function look(): Promise<void> {
    const current = await catalogs.current();
    if (current) bySeq.set(current.seq, toVersion(current.body));
    const newest = current?.seq ?? 0;
    for (let seq = newest - 1; seq > Math.max(0, newest - maxVersions); seq -= 1) {
      if (bySeq.get(seq) !== undefined) continue;
      const body = await catalogs.find(seq);
      if (!body) break;
      bySeq.set(seq, toVersion(body));
    }
    newestSeq = newest;
  }

  function known(schemaHash: string): Version | null {
    for (let seq = newestSeq; seq > Math.max(0, newestSeq - maxVersions); seq -= 1) {
      const version = bySeq.get(seq);
      if (version?.schemaHash === schemaHash) return version;
    }
    return null;
  }

  return {
    find: async (schemaHash: string) => {
      const found = known(schemaHash);
      if (found) return found;
      const missedAt = missed.get(schemaHash) ?? Number.NEGATIVE_INFINITY;
      if (performance.now() - missedAt < lookAgainMs) return null;
      const startedAt = performance.now();
      // A look that began before may have missed what was published since.
      await looking;
      looking ??= look().finally(() => {
        looking = null;
      });
      await looking;
      const version = known(schemaHash);
      if (!version) missed.set(schemaHash, startedAt);
      return version;
    },
  };
}

function toVersion(body: Uint8Array): Version | null {
  const decoded = decodeCatalog(body);
  if (!decoded) return null;
  const hashes = new Map(decoded.tools.map((tool) => [tool.name, tool.schema_hash]));
  return { schemaHash: decoded.schemaHash, hashes, origin: decoded.origin };
}
