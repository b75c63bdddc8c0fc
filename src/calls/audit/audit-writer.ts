import { randomUUID } from 'node:crypto';
import { createBatcher } from '../../lib/batcher.js';
import { storableText } from '../../lib/storable-text.js';
import type { Logger } from '../../logger.js';
import { type RunStatement, toStatement } from '../../storage/sql.js';
import type { ToolAuditEntry } from './tool-audit-entry.entity.js';

/** Redacted; texts may hold anything. */
export type AuditDraft = Omit<ToolAuditEntry, 'id'>;

/** Where the audit is written. Disposing writes what still waits, once. */
export interface AuditWriter extends AsyncDisposable {
  /** Resolves when the entry stands; throws when it cannot be written. */
  write(draft: AuditDraft): Promise<void>;
  /**
   * Soon. An outcome takes over the arguments of its intent where that has not been written yet: one entry tells both then.
   * While the database does not answer entries wait, the oldest of very many are given up.
   */
  writeSoon(draft: AuditDraft): void;
}

export type AuditWriterOptions = {
  run: RunStatement;
  logger: Logger;
  lingerMs?: number;
  /** Between two attempts. */
  retryMs?: number;
  maxWaiting?: number;
};

const maxBatch = 200;

type Waiting = { draft: AuditDraft };

/** What an intent and an outcome are of: one delivery of a request. */
function nameOf({ entryId, attempt }: AuditDraft): string {
  return `${entryId} ${attempt}`;
}

export function createAuditWriter(options: AuditWriterOptions): AuditWriter {
  const { run, logger, lingerMs = 50, retryMs = 1000, maxWaiting = 10_000 } = options;
  const durable = createBatcher<AuditDraft, void>(
    async (drafts) => {
      await insert(run, drafts);
      return drafts.map(() => undefined);
    },
    { maxItems: maxBatch },
  );
  let waiting: Waiting[] = [];
  /** Of what waits, by what they are intents of. */
  const intents = new Map<string, Waiting>();
  let timer: NodeJS.Timeout | null = null;
  let writing: Promise<void> | null = null;
  let isClosed = false;
  let lost = 0;

  function plan(ms: number): void {
    if (isClosed || timer || writing || waiting.length === 0) return;
    timer = setTimeout(() => {
      timer = null;
      writing = drain(maxBatch).then((isDone) => {
        writing = null;
        plan(isDone ? lingerMs : retryMs);
      });
    }, ms);
    timer.unref();
  }

  /** Leaves what is less than `least` to the next time. False: it failed, and what waits still waits. */
  async function drain(least: number): Promise<boolean> {
    do {
      const batch = waiting.splice(0, maxBatch);
      for (const one of batch) forget(one);
      try {
        await insert(
          run,
          batch.map(({ draft }) => draft),
        );
      } catch (err) {
        waiting = [...batch, ...waiting];
        logger.error({ err, waiting: waiting.length }, 'the audit could not be written');
        return false;
      }
    } while (waiting.length >= least);
    return true;
  }

  function forget({ draft }: Waiting): void {
    if (draft.kind === 'intent') intents.delete(nameOf(draft));
  }

  /** False: its intent is written by itself, or is not known. */
  function joinIntent(outcome: AuditDraft): boolean {
    const intent = intents.get(nameOf(outcome));
    if (!intent) return false;
    forget(intent);
    intent.draft = { ...outcome, arguments: intent.draft.arguments };
    return true;
  }

  return {
    write: (draft) => durable.add(draft),
    writeSoon: (draft) => {
      if (draft.kind === 'outcome' && joinIntent(draft)) return;
      const one = { draft };
      waiting.push(one);
      if (draft.kind === 'intent') intents.set(nameOf(draft), one);
      if (waiting.length > maxWaiting) {
        const oldest = waiting.shift();
        if (oldest) forget(oldest);
        lost += 1;
        if (Math.log2(lost) % 1 === 0) logger.error({ lost }, 'entries of the audit are lost');
      }
      plan(lingerMs);
    },
    [Symbol.asyncDispose]: async () => {
      isClosed = true;
      if (timer) clearTimeout(timer);
      await writing;
      if (waiting.length > 0) await drain(1);
      await durable.idle();
    },
  };
}

const insertEntries =
  toStatement(`insert into tool_audit (id, tenant_id, app_id, agent_id, subject, kind, tool_name,
    is_privileged, entry_id, attempt, correlation_id, trace_digest, channel, platform, arguments, outcome, code, detail,
    duration_ms, at)
  select id, tenant_id, app_id, agent_id, subject, kind, tool_name, is_privileged, entry_id, attempt, correlation_id,
    trace_digest, channel, platform, arguments, outcome, code, detail, duration_ms, at
  from json_to_recordset($1::text::json) as entry(id uuid, tenant_id text, app_id text, agent_id text, subject text,
    kind text, tool_name text, is_privileged boolean, entry_id text, attempt int, correlation_id text, trace_digest text,
    channel text, platform text, arguments text, outcome text, code text, detail text, duration_ms int, at timestamptz)`);

async function insert(run: RunStatement, drafts: readonly AuditDraft[]): Promise<void> {
  await run(insertEntries, [JSON.stringify(drafts.map(toRow))]);
}

function toRow(draft: AuditDraft) {
  return {
    id: randomUUID(),
    tenant_id: storable(draft.tenantId),
    app_id: storable(draft.appId),
    agent_id: storable(draft.agentId),
    subject: storable(draft.subject),
    kind: draft.kind,
    tool_name: storable(draft.toolName),
    is_privileged: draft.isPrivileged,
    entry_id: storable(draft.entryId),
    attempt: draft.attempt,
    correlation_id: storable(draft.correlationId),
    trace_digest: draft.traceDigest,
    channel: storable(draft.channel),
    platform: storable(draft.platform),
    arguments: storable(draft.arguments),
    outcome: draft.outcome,
    code: draft.code,
    detail: storable(draft.detail),
    duration_ms: typeof draft.durationMs === 'number' ? Math.round(draft.durationMs) : null,
    at: draft.at.toISOString(),
  };
}

function storable(text: string | null | undefined): string | null {
  return text == null ? null : storableText(text);
}
