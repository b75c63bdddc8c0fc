import type { CatalogChangeRow } from './read-log.js';

export type Follow = {
  /** Changes up to this revision are known already; null: everything before now is. */
  after: string | null;
  /** Only changes that alter this agent's tools. */
  agentId?: string | null;
};

/**
 * The changes of every tenant, in the order of their revisions, as any process commits them. Each change is one object
 * for all who follow, so that what is made of it can be shared.
 */
export interface ChangeFeed extends AsyncDisposable {
  /** The newest committed revision of a tenant that this process knows of; `0` before the first change. */
  revisionOf(tenant: string): Promise<string>;
  /**
   * Changes after a revision, each once and in order; never ends by itself. One `next()` at a time; `return()` ends a
   * pending one. `next()` throws CONFLICT with `details.reason`: `REVISION_GONE` (the log no longer reaches back so far:
   * load the catalog anew) or `REVISION_UNKNOWN` (it has not happened); and LIMIT_EXCEEDED with `details.reason`
   * `SLOW_SUBSCRIBER` and `details.resumeAfter`, a revision, when the caller lags too far behind.
   */
  follow(tenant: string, options: Follow): AsyncIterableIterator<CatalogChangeRow>;
}
