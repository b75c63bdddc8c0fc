import type { Callable } from './call-catalog.js';
import type { CallParts } from './call-parts.js';
import type { CallResult } from './call-types.js';
import { subjectOf } from './prepare-call.js';

export type KeptCall = { tenant: string; agentId: string; callable: Callable; key: string };

/** The result that is kept of a call with this idempotency key; null when there is none, or not yet. */
export async function findKeptCall(
  { journal }: Pick<CallParts, 'journal'>,
  { tenant, agentId, callable, key }: KeptCall,
): Promise<CallResult | null> {
  const { endpointId } = subjectOf(callable);
  const entry = await journal.find({ tenantId: tenant, agentId, endpointId, key });
  if (!entry?.result || entry.isStale) return null;
  return { ...entry.result, replayed: true };
}
