import { z } from 'zod';
import { requireScope } from '../access/require-scope.js';
import { type Context, scopes } from '../context.js';
import { parseInput } from '../lib/parse-input.js';
import { type CatalogChangeRow, readLog } from './read-log.js';

export const RevisionInput = z
  .string()
  .regex(/^\d{1,18}$/, 'expected a revision: a decimal number of at most 18 digits');

export const ListChangesInput = z.object({
  after: RevisionInput,
  first: z
    .number()
    .int()
    .min(1)
    .max(1000)
    .nullish()
    .transform((value) => value ?? 100),
  agentId: z.string().min(1).max(200).nullish(),
});
export type ListChangesInput = z.input<typeof ListChangesInput>;

/**
 * Changes after a revision, oldest first; with `agentId` only those that alter that agent's tools. Throws CONFLICT with
 * `details.reason` `REVISION_GONE` when the log no longer reaches back so far.
 */
export async function listChanges(
  ctx: Pick<Context, 'em' | 'actor'>,
  raw: ListChangesInput,
): Promise<CatalogChangeRow[]> {
  requireScope(ctx.actor, scopes.read);
  const { after, first, agentId } = parseInput(ListChangesInput, raw);
  return readLog(ctx.em, ctx.actor.tenant, { after, agentId, limit: first });
}
