import { requireScope } from '../access/require-scope.js';
import { type Context, scopes } from '../context.js';
import { parseInput } from '../lib/parse-input.js';
import { identifyApi } from './identify-api.js';
import { findConflict, type OperationChange, planChanges } from './plan-changes.js';
import { readForSync } from './read-for-sync.js';
import { SyncApiInput, type SyncOutcome } from './sync-input.js';

export type SyncPlan = {
  outcome: SyncOutcome;
  /** The strategy would refuse the sync. */
  blocked: boolean;
  changes: OperationChange[];
  agentIds: string[];
};

/** What `syncApi` would do with the same input, without writing. */
export async function planSync(
  ctx: Pick<Context, 'em' | 'actor' | 'specs'>,
  raw: SyncApiInput,
): Promise<SyncPlan> {
  requireScope(ctx.actor, scopes.read);
  const input = parseInput(SyncApiInput, raw);
  const subject = await readForSync(ctx, input);
  if (subject.isUnchanged)
    return { outcome: 'UNCHANGED', blocked: false, changes: [], agentIds: [] };

  const api = await identifyApi(ctx.em, ctx.actor, subject.identity);
  const plan = await planChanges(ctx.em, {
    tenant: ctx.actor.tenant,
    apiId: api?.id ?? null,
    drafts: subject.spec.drafts,
  });
  return {
    outcome: api ? 'UPDATED' : 'CREATED',
    blocked: findConflict(plan, input.strategy) !== null,
    changes: plan.changes,
    agentIds: plan.agentIds,
  };
}
