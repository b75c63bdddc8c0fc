import type { ApolloServerOptions, BaseContext } from '@apollo/server';
import { BoundedMap } from './bounded-map.js';

const bounds = { maxEntries: 10_000, maxBytes: 16 * 1024 ** 2 };

type PersistedQueries = Exclude<ApolloServerOptions<BaseContext>['persistedQueries'], false>;

/**
 * Automatic persisted queries, remembered by this process. A text is kept under its own SHA-256 (Apollo Server compares
 * them) once it was found valid: it says nothing of a tenant, and no tenant can put another text in its place.
 */
export function persistedQueries(): NonNullable<PersistedQueries> {
  const texts = new BoundedMap<string>(bounds);
  return {
    ttl: null,
    cache: {
      get: async (hash) => texts.get(hash),
      set: async (hash, text) => texts.set(hash, text, 2 * (hash.length + text.length)),
      delete: async (hash) => texts.delete(hash),
    },
  };
}
