import { randomUUID } from 'node:crypto';
import type { EntityManager } from '@mikro-orm/postgresql';
import type { Grading } from '../catalog/grade-tool-change.js';
import { inBatches } from '../storage/in-batches.js';
import { query } from '../storage/sql.js';
import { indexMcpTools } from './index-mcp-tools.js';
import type { StoredTool, ToolMatch } from './match-tools.js';
import type { HeldDefinition, ListedTool, ToolSnapshot } from './tool-snapshot.js';

type Writing = { tenant: string; serverId: string; match: ToolMatch; now: Date };

/** Writes what a listing changed, in a few statements however many tools there are. Runs in a transaction. */
export async function writeTools(
  em: EntityManager,
  { tenant, serverId, match, now }: Writing,
): Promise<void> {
  const seenAt = now.toISOString();
  const added = match.added.map((tool) => ({ ...tool, id: randomUUID() as string }));
  await inBatches(
    added.values().map(({ id, listed, toolName, position, held }) =>
      JSON.stringify({
        ...toColumns(listed),
        id,
        name: listed.snapshot.name,
        tool_name: toolName,
        position,
        is_approved: held === null,
        grade: held?.grade ?? null,
        reasons: held?.reasons ?? [],
        held: held && toHeld(listed, held, seenAt),
      }),
    ),
    (rows) => query(em, insertTools, [tenant, serverId, rows]),
  );
  await inBatches(
    match.changed.values().map(({ stored, listed, position, isApproved, grading }) =>
      JSON.stringify({
        ...toColumns(listed),
        id: stored.id,
        position,
        is_approved: isApproved,
        ...grading,
        held: isApproved ? null : toHeld(listed, grading, seenAt),
      }),
    ),
    (rows) => query(em, updateTools, [tenant, rows]),
  );
  await inBatches(
    match.held
      .values()
      .map(({ stored, listed, position, grading }) =>
        JSON.stringify({ id: stored.id, position, held: toHeld(listed, grading, seenAt) }),
      ),
    (rows) => query(em, holdTools, [tenant, rows]),
  );
  await inBatches(
    match.settled.values().map(({ stored, position }) => placeOf(stored, position)),
    (rows) => query(em, holdTools, [tenant, rows]),
  );
  await inBatches(
    match.moved.values().map(({ stored, position }) => placeOf(stored, position)),
    (rows) => query(em, moveTools, [tenant, rows]),
  );
  await query(
    em,
    `update mcp_tools set is_listed = false, unlisted_at = $3::timestamptz
     where tenant_id = $1 and id = any($2::uuid[])`,
    [tenant, match.gone.map(({ id }) => id), seenAt],
  );
  if (match.gone.length > 0) await forgetTools(em, tenant, serverId);
  const changed = match.changed.map(({ stored }) => stored.id);
  await indexMcpTools(em, tenant, [...added.map(({ id }) => id), ...changed]);
}

// What was approved of them is remembered for when they come back; a server that makes up names must not fill the table.
const maxGoneTools = 10_000;

/** Deletes tools that the list lost longest ago, of those that no agent is assigned. */
async function forgetTools(em: EntityManager, tenant: string, serverId: string): Promise<void> {
  await query(
    em,
    `delete from mcp_tools where tenant_id = $1 and id in (
       select k.id from mcp_tools k
       where k.tenant_id = $1 and k.server_id = $2::uuid and not k.is_listed
         and not exists (select from agent_mcp_tools a where a.tenant_id = k.tenant_id and a.tool_id = k.id)
       order by k.unlisted_at desc, k.id offset ${maxGoneTools}
     )`,
    [tenant, serverId],
  );
}

/** Puts a definition that was held back, or a tool that was, into service. */
export async function releaseTool(
  em: EntityManager,
  { tenant, id, held }: { tenant: string; id: string; held: HeldDefinition },
): Promise<void> {
  const { definition: snapshot, fingerprint, grade, reasons } = held;
  const columns = toColumns({ snapshot, fingerprint });
  await query(
    em,
    `update mcp_tools k set ${definitionUpdate}, is_approved = true, held = null,
       grade = r.grade, reasons = r.reasons
     from ${recordOf(definitionColumns)} where k.tenant_id = $1 and k.id = r.id`,
    [tenant, JSON.stringify([{ ...columns, id, grade, reasons }])],
  );
  await indexMcpTools(em, tenant, [id]);
}

function placeOf({ id }: StoredTool, position: number): string {
  return JSON.stringify({ id, position });
}

function toHeld(
  { snapshot, fingerprint }: ListedTool,
  grading: Grading,
  seenAt: string,
): HeldDefinition {
  return { definition: snapshot, fingerprint, ...grading, seenAt };
}

function toColumns({ snapshot, fingerprint }: ListedTool) {
  const { title, description, inputSchema, outputSchema, annotations }: ToolSnapshot = snapshot;
  return {
    title,
    description,
    input_schema: inputSchema,
    output_schema: outputSchema,
    annotations,
    fingerprint,
  };
}

const definitionColumns = `id uuid, title text, description text, input_schema json, output_schema json,
  annotations json, fingerprint text, grade text, reasons json`;

const definitionUpdate = `title = r.title, description = r.description, input_schema = r.input_schema,
  output_schema = r.output_schema, annotations = r.annotations, fingerprint = r.fingerprint`;

function recordOf(columns: string, parameter = '$2'): string {
  return `json_to_recordset(${parameter}::json) as r(${columns})`;
}

const insertTools = `insert into mcp_tools (id, tenant_id, server_id, name, tool_name, title, description, input_schema,
  output_schema, annotations, fingerprint, position, is_approved, grade, reasons, held)
select r.id, $1, $2::uuid, r.name, r.tool_name, r.title, r.description, r.input_schema, r.output_schema, r.annotations,
  r.fingerprint, r.position, r.is_approved, r.grade, r.reasons, r.held
from ${recordOf(`${definitionColumns}, name text, tool_name text, position int, is_approved boolean, held json`, '$3')}`;

const updateTools = `update mcp_tools k set ${definitionUpdate}, position = r.position, is_listed = true, unlisted_at = null,
  is_approved = r.is_approved, grade = r.grade, reasons = r.reasons, held = r.held
from ${recordOf(`${definitionColumns}, position int, is_approved boolean, held json`)}
where k.tenant_id = $1 and k.id = r.id`;

const holdTools = `update mcp_tools k set position = r.position, is_listed = true, unlisted_at = null, held = r.held
from ${recordOf('id uuid, position int, held json')} where k.tenant_id = $1 and k.id = r.id`;

const moveTools = `update mcp_tools k set position = r.position, is_listed = true, unlisted_at = null
from ${recordOf('id uuid, position int')} where k.tenant_id = $1 and k.id = r.id`;
