import { z } from 'zod';
import { requireScope } from '../access/require-scope.js';
import { type Context, scopes } from '../context.js';
import { parseInput } from '../lib/parse-input.js';
import { RevisionInput } from './list-changes.js';
import type { CatalogChangeRow } from './read-log.js';

export const WatchChangesInput = z.object({
  after: RevisionInput.nullish(),
  agentId: z.string().min(1).max(200).nullish(),
});
export type WatchChangesInput = z.input<typeof WatchChangesInput>;

/**
 * Every change after a revision (default: now), then each as it is committed, in order and none twice; with `agentId`
 * only those that alter that agent's tools. How it ends: see `ChangeFeed.follow`.
 */
export function watchChanges(
  ctx: Pick<Context, 'actor' | 'feed'>,
  raw: WatchChangesInput,
): AsyncIterableIterator<CatalogChangeRow> {
  requireScope(ctx.actor, scopes.read);
  const { after, agentId } = parseInput(WatchChangesInput, raw);
  return ctx.feed.follow(ctx.actor.tenant, { after: after ?? null, agentId: agentId ?? null });
}
