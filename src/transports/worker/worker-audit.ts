import { hash } from 'node:crypto';
import type { AuditDraft, AuditWriter } from '../../calls/audit/audit-writer.js';
import type { Clock } from '../../context.js';
import type { Logger } from '../../logger.js';
import type { Answer } from './answer.js';
import { classifyLegacy } from './classify-legacy.js';
import type { WorkerPolicy } from './policy.js';
import { auditText } from './redact-arguments.js';

/** A request as the audit tells it. */
export type AuditedCall = {
  tenant: string | null;
  app: string | null;
  agentId: string | null;
  userId: string | null;
  guildId: string;
  channelId: string;
  platform: string;
  toolName: string;
  arguments: unknown;
  entryId: string;
  attempt: number;
  correlationId: string;
  traceId: string;
};

/** What the worker does, told to the log and to the table `tool_audit`. */
export type WorkerAudit = {
  /**
   * A call is about to run; `secrets` are texts among its arguments that nobody may read. For a privileged tool the intent
   * stands in the database when this resolves; throws where it cannot be written: the tool must not run then. Of other tools
   * it is written soon, in one entry with the outcome where that comes first.
   */
  started(call: AuditedCall, secrets?: readonly string[]): Promise<void>;
  /** A call that was started has ended. */
  ended(call: AuditedCall, answer: Answer, durationMs: number): void;
  /** A request that was not executed, with as much as is known of it. `why` is for the log alone. */
  rejected(call: Partial<AuditedCall>, answer: Pick<Answer, 'code' | 'detail'>, why?: string): void;
};

export type WorkerAuditOptions = {
  writer: AuditWriter;
  logger: Logger;
  clock: Clock;
  policy: { current(): WorkerPolicy };
};

const maxText = 300;

export function createWorkerAudit({
  writer,
  logger,
  clock,
  policy,
}: WorkerAuditOptions): WorkerAudit {
  // What the lines hold is redacted here: looking for secrets again would take as long as writing them.
  const lines = logger.child({}, { redact: [] });
  const isPrivileged = ({ toolName }: Pick<AuditedCall, 'toolName'>) =>
    policy.current().isPrivileged(toolName);
  const toDraft = (call: AuditedCall, kind: AuditDraft['kind']): AuditDraft => ({
    ...{
      tenantId: call.tenant ?? '',
      appId: call.app,
      agentId: call.agentId,
      subject: call.userId,
    },
    ...{ kind, toolName: shorten(call.toolName), isPrivileged: isPrivileged(call) },
    ...{ entryId: call.entryId, attempt: call.attempt },
    ...{ correlationId: shorten(call.correlationId), traceDigest: digestTrace(call.traceId) },
    ...{ channel: shorten(call.channelId) || null, platform: shorten(call.platform) || null },
    ...{ arguments: null, outcome: null, code: null, detail: null, durationMs: null },
    at: clock.now(),
  });
  return {
    started: async (call, secrets) => {
      const args = auditText(call.arguments, secrets);
      const draft = { ...toDraft(call, 'intent'), arguments: args };
      if (!draft.isPrivileged) {
        lines.info(lineOf(call), 'a tool call starts');
        return writer.writeSoon(draft);
      }
      lines.warn(
        { ...lineOf(call), platform: shorten(call.platform), arguments: args },
        'a call of a privileged tool starts',
      );
      await writer.write(draft);
    },
    ended: (call, { outcome, code, detail, body }, durationMs) => {
      // What reads as a failure and was none: the text of a result decides nothing.
      const readsAs = outcome === 'ok' ? classifyLegacy(body.result ?? null).outcome : 'ok';
      const line = {
        ...{ tool: shorten(call.toolName), user: call.userId, outcome, ...(code && { code }) },
        ...(detail && { detail: shorten(detail) }),
        ...(readsAs !== 'ok' && { readsAs }),
        ms: Math.round(durationMs),
      };
      if (outcome === 'ok') lines.info(line, 'a tool call is done');
      else lines.warn(line, 'a tool call is done');
      writer.writeSoon({ ...toDraft(call, 'outcome'), outcome, code, detail, durationMs });
    },
    rejected: (call, { code, detail }, why) => {
      const whole = { ...unknownCall, ...call };
      const line = { ...lineOf(whole), trace: digestTrace(whole.traceId), code };
      lines.warn({ ...line, ...(why && { why: shorten(why) }) }, 'a tool call is rejected');
      const told = { code, detail: why ? shorten(why) : detail };
      writer.writeSoon({ ...toDraft(whole, 'rejection'), ...told });
    },
  };
}

const unknownCall: AuditedCall = {
  ...{ tenant: null, app: null, agentId: null, userId: null },
  ...{ guildId: '', channelId: '', platform: '', toolName: '', arguments: null },
  ...{ entryId: '', attempt: 0, correlationId: '', traceId: '' },
};

function lineOf({ toolName, userId, channelId }: AuditedCall) {
  return { tool: shorten(toolName), user: userId, channel: shorten(channelId) };
}

/** A name may be as long as its sender likes. */
function shorten(text: string): string {
  return text.length <= maxText ? text : `${text.slice(0, maxText).toWellFormed()}…`;
}

/** Who knows a trace id can use its session: logs have the beginning of its digest. */
function digestTrace(traceId: string): string | null {
  return traceId === '' ? null : hash('sha256', traceId).slice(0, 16);
}
