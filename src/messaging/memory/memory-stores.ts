import type { CatalogStore, ConfigFeed, GrantStore, Presence, SessionStore } from '../messaging.js';

type Kept = { body: Uint8Array; endsAt: number };

export type MemorySessions = SessionStore & {
  put(traceId: string, body: Uint8Array, ttlMs: number): void;
};

export function createMemorySessions(now: () => number): MemorySessions {
  const sessions = new Map<string, Kept>();
  return {
    put: (traceId, body, ttlMs) => {
      sessions.set(traceId, { body: Buffer.from(body), endsAt: now() + ttlMs });
    },
    find: async (traceId) => {
      const kept = sessions.get(traceId);
      if (kept && kept.endsAt > now()) return Buffer.from(kept.body);
      sessions.delete(traceId);
      return null;
    },
  };
}

export function createMemoryGrants(now: () => number): GrantStore {
  const grants = new Map<string, { by: string; endsAt: number }>();
  return {
    use: async ({ id, by, keepMs }) => {
      for (const [old, { endsAt }] of grants) {
        if (endsAt > now()) break;
        grants.delete(old);
      }
      const known = grants.get(id);
      if (known && known.endsAt > now()) return known.by === by;
      if (keepMs <= 0) return false;
      grants.set(id, { by, endsAt: now() + keepMs });
      return true;
    },
  };
}

export function createMemoryCatalogs(now: () => number): CatalogStore {
  const versions = new Map<number, Kept>();
  let seq = 0;

  function find(wanted: number): Uint8Array | null {
    const kept = versions.get(wanted);
    return kept && kept.endsAt > now() ? Buffer.from(kept.body) : null;
  }

  return {
    current: async () => {
      const body = find(seq);
      return body && { seq, body };
    },
    find: async (wanted) => find(wanted),
    publish: async ({ expected, body, keepMs }) => {
      if (expected !== seq) return null;
      const before = versions.get(seq);
      if (before) before.endsAt = now() + keepMs;
      for (const [old, { endsAt }] of versions) if (endsAt <= now()) versions.delete(old);
      seq += 1;
      versions.set(seq, { body: Buffer.from(body), endsAt: Number.POSITIVE_INFINITY });
      return seq;
    },
  };
}

export type MemoryConfigFeed = ConfigFeed & { announce(): void };

export function createMemoryConfigFeed(): MemoryConfigFeed {
  const listeners = new Set<() => void>();
  return {
    announce: () => {
      for (const listener of listeners) listener();
    },
    subscribe: (onChange) => {
      const listener = () => onChange();
      listeners.add(listener);
      return { [Symbol.asyncDispose]: async () => void listeners.delete(listener) };
    },
  };
}

/** Nobody outside this process can look. */
export function createMemoryPresence(): Presence {
  return { announce: async () => {}, withdraw: async () => {} };
}
