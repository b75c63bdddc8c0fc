import { createHash } from 'node:crypto';
import { type Actor, scopes } from '../../context.js';
import type { JobKey } from '../../messaging/job-store.js';
import type { SubmittedParts } from './submitted-parts.js';
import { type CallName, loadCall } from './submitted-statements.js';

/** A submitted call as a worker runs it: everything is from its row, nothing from the entry that led to it. */
export type SubmittedWork = CallName & {
  /** Who submitted it, with the one scope that it took. */
  actor: Actor;
  agentId: string;
  toolName: string;
  arguments: unknown;
  argumentsDigest: string;
  /** For `callTool`: the caller's, else the call's id, so that the effect happens once whatever dies. */
  idempotencyKey: string;
  jobKey: JobKey;
  deadlineAt: Date;
  traceHeaders: Record<string, string>;
  /** Somebody began to run it. */
  wasStarted: boolean;
};

/** Null when nothing is to be run: the call is finished, or there is none. */
export async function loadSubmittedCall(
  { run, sealer }: Pick<SubmittedParts, 'run' | 'sealer'>,
  { tenant, id }: CallName,
): Promise<SubmittedWork | null> {
  const row = await loadCall(run, { tenant, id });
  if (!row || row.state === 'DONE' || row.arguments == null) return null;
  const { appId, subject, agentId, toolName, argumentsDigest, traceHeaders, state, round } = row;
  return {
    ...{ tenant, id, agentId, toolName, argumentsDigest, traceHeaders },
    actor: {
      ...{ tenant, app: appId ?? null, subject: subject ?? null },
      scopes: new Set([scopes.call]),
      expiresAt: null,
    },
    arguments: JSON.parse(sealer.open(row.arguments)),
    idempotencyKey: row.idempotencyKey ?? id,
    jobKey: { tenant, id: jobIdOf(id, round) },
    deadlineAt: new Date(row.deadlineAt),
    wasStarted: state === 'RUNNING',
  };
}

function jobIdOf(id: string, round: number): string {
  return createHash('sha256')
    .update(JSON.stringify(['submitted', id, round]))
    .digest('hex');
}
