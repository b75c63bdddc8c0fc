import type { Callable } from './call-catalog.js';
import type { CallParts } from './call-parts.js';
import type { CallResult } from './call-types.js';
import type { CallKey } from './journal-statements.js';
import { subjectOf } from './prepare-call.js';

export type KeptCall = { tenant: string; agentId: string; callable: Callable; key: string };

/** The result that is kept of a call with this idempotency key; null when there is none, or not yet. */
export async function findKeptCall(
  { journal }: Pick<CallParts, 'journal'>,
  { tenant, agentId, callable, key }: KeptCall,
): Promise<CallResult | null> {
  const entry = await journal.find(toCallKey({ tenant, agentId, callable, key }));
  if (!entry?.result || entry.isStale) return null;
  return { ...entry.result, replayed: true };
}

/** Whether the intent of a call with this idempotency key was ever written: nothing is sent before. */
export async function hasCallBegun(
  { journal }: Pick<CallParts, 'journal'>,
  call: KeptCall,
): Promise<boolean> {
  return (await journal.find(toCallKey(call))) !== null;
}

function toCallKey({ tenant, agentId, callable, key }: KeptCall): CallKey {
  return { tenantId: tenant, agentId, endpointId: subjectOf(callable).endpointId, key };
}
