import { z } from 'zod';
import { requireScope } from '../access/require-scope.js';
import { type Context, scopes } from '../context.js';
import { decodeCursor, encodeCursor, type Page, pageArguments } from '../lib/page.js';
import { parseInput } from '../lib/parse-input.js';
import { isUuid } from '../lib/uuid.js';
import { query } from '../storage/sql.js';
import type { CallRecord } from './call-record.entity.js';
import { callOutcomes } from './call-types.js';

export const ListCallsInput = z.object({
  agentId: z.string().max(200).nullish(),
  /** The name under which it was called. */
  toolName: z.string().max(200).nullish(),
  endpointId: z.string().max(200).nullish(),
  outcome: z.enum(callOutcomes).nullish(),
  /** Started then or later. */
  since: z.date().nullish(),
  /** Started before. */
  until: z.date().nullish(),
  ...pageArguments({ first: 50 }),
});
export type ListCallsInput = z.input<typeof ListCallsInput>;

export type CallRecordRow = Omit<CallRecord, 'startedAt' | 'finishedAt'> & {
  startedAt: Date;
  finishedAt: Date;
};

const columns = `c.id, c.tenant_id as "tenantId", c.app_id as "appId", c.agent_id as "agentId", c.subject,
  c.api_id as "apiId", c.mcp_server_id as "mcpServerId", c.endpoint_id as "endpointId", c.tool_name as "toolName", c.method,
  c.idempotency_key as "idempotencyKey", c.job_id as "jobId", c.sandbox_id as "sandboxId", c.arguments, c.request, c.outcome, c.status, c.error,
  c.duration_ms as "durationMs", c.attempts, c.started_at as "startedAt", c.finished_at as "finishedAt"`;

/** Recorded calls, the newest first. What this process called before is in it. */
export async function listCalls(
  ctx: Pick<Context, 'em' | 'actor' | 'calls'>,
  raw: ListCallsInput,
): Promise<Page<CallRecordRow>> {
  requireScope(ctx.actor, scopes.read);
  const { first, after, ...filters } = parseInput(ListCallsInput, raw);
  const position = after ? decodeCursor(after, ['integer', 'integer', 'uuid']) : null;
  await ctx.calls.journal.flush();
  const { sql, params } = toCondition(ctx.actor.tenant, filters);
  const place = params.length;
  const rows = await query<CallRecordRow>(
    ctx.em,
    `select ${columns} from call_records c where ${sql}
       and ($${place + 1}::timestamptz is null or (c.started_at, c.id) < ($${place + 1}::timestamptz, $${place + 2}::uuid))
     order by c.started_at desc, c.id desc limit $${place + 3}`,
    [...params, position && toTime(position), position?.[2] ?? null, first + 1],
  );
  return {
    items: rows.slice(0, first).map(toRow),
    total: await countCalls(ctx, sql, params),
    hasNextPage: rows.length > first,
    hasPreviousPage: position !== null,
    cursorOf: ({ startedAt, id }) => encodeCursor([...fromTime(startedAt), id]),
  };
}

type Filters = Omit<z.output<typeof ListCallsInput>, 'first' | 'after'>;

/** Only the filters that are given: each of them has an index that an `or` would keep from use. */
function toCondition(tenant: string, filters: Filters) {
  const params: unknown[] = [tenant];
  const parts = ['c.tenant_id = $1'];
  const add = (part: (place: string) => string, value: unknown) => {
    params.push(value);
    parts.push(part(`$${params.length}`));
  };
  const { agentId, toolName, endpointId, outcome, since, until } = filters;
  if (agentId != null) add((at) => `c.agent_id = ${at}`, toText(agentId));
  if (toolName != null) add((at) => `c.tool_name = ${at}`, toText(toolName));
  if (endpointId != null) {
    add((at) => `c.endpoint_id = ${at}::uuid`, isUuid(endpointId) ? endpointId : null);
  }
  if (outcome != null) add((at) => `c.outcome = ${at}`, outcome);
  if (since != null) add((at) => `c.started_at >= ${at}::timestamptz`, toTimestamp(since));
  if (until != null) add((at) => `c.started_at < ${at}::timestamptz`, toTimestamp(until));
  return { sql: parts.join(' and '), params };
}

/** PostgreSQL has no text with NUL: nothing equals one. */
function toText(value: string): string | null {
  return value.includes('\0') ? null : value;
}

/** PostgreSQL counts years from 1 on, and writes those before in another way. */
function toTimestamp(at: Date): string {
  return new Date(Math.max(at.getTime(), Date.parse('0001-01-01T00:00:00Z'))).toISOString();
}

async function countCalls(
  ctx: Pick<Context, 'em'>,
  condition: string,
  params: unknown[],
): Promise<number> {
  const [row] = await query<{ count: number }>(
    ctx.em,
    `select count(*)::int as count from call_records c where ${condition}`,
    params,
  );
  return row?.count ?? 0;
}

/** Timestamps arrive from the database as text. */
function toRow(row: CallRecordRow): CallRecordRow {
  return { ...row, startedAt: new Date(row.startedAt), finishedAt: new Date(row.finishedAt) };
}

// Milliseconds since 1970 do not fit the integers of a cursor: seconds, and the milliseconds within.
function fromTime(at: Date): [number, number] {
  const ms = at.getTime();
  return [Math.floor(ms / 1000), ms % 1000];
}

function toTime([seconds, ms]: (string | number)[]): string {
  return new Date(Number(seconds) * 1000 + Number(ms)).toISOString();
}
