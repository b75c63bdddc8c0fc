import { createHash } from 'node:crypto';
import type { EntityManager } from '@mikro-orm/postgresql';
import type { Clock } from '../context.js';
import { stableUuid } from '../lib/stable-uuid.js';
import { query } from '../storage/sql.js';
import { type BuiltInTool, builtInTools } from './built-in-tools.js';
import { tellLocalToolsWrite } from './local-tools-revision.js';

type SeededRow = BuiltInTool & { seedHash: string | null };

/**
 * Writes the built-in tools. Missing ones are added, changed ones renewed unless an operator edited the row (its content is no longer what
 * was seeded); `is_active` is never touched. Replicas that start at once agree: the first one writes, the others find it done.
 */
export async function seedLocalTools(
  em: EntityManager,
  clock: Clock,
  tools: readonly BuiltInTool[] = builtInTools,
): Promise<{ added: string[]; renewed: string[] }> {
  const now = clock.now().toISOString();
  const seeded = await em.transactional(async (tx) => {
    // Whoever writes some and waits for others, and the other way round, would wait forever.
    await query(tx, 'lock table local_tools in share row exclusive mode');
    const added = await addMissing(tx, tools, now);
    const byName = new Map(tools.map((tool) => [tool.name, tool]));
    const renewed: string[] = [];
    for (const row of await lockSeeded(tx, [...byName.keys()])) {
      const tool = byName.get(row.name);
      if (tool && isOutdated(row, tool)) {
        await renew(tx, tool, now);
        renewed.push(tool.name);
      }
    }
    return { added, renewed };
  });
  if (seeded.added.length + seeded.renewed.length > 0) await tellLocalToolsWrite(em);
  return seeded;
}

/** SHA-256, hex, of what an operator can edit; the order of keys in a schema does not count. */
export function contentHashOf(tool: Omit<BuiltInTool, 'name'>): string {
  const { displayName, description, category, agentTypes, inputSchema } = tool;
  const content = JSON.stringify(
    [displayName, description, category, agentTypes, inputSchema],
    (_key, value: unknown) =>
      isObject(value) ? Object.fromEntries(Object.entries(value).sort(byKey)) : value,
  );
  return createHash('sha256').update(content).digest('hex');
}

function isOutdated(row: SeededRow, tool: BuiltInTool): boolean {
  return row.seedHash === contentHashOf(row) && row.seedHash !== contentHashOf(tool);
}

async function addMissing(
  em: EntityManager,
  tools: readonly BuiltInTool[],
  now: string,
): Promise<string[]> {
  const rows = tools.map((tool) => ({
    ...tool,
    id: stableUuid('local-tool', tool.name),
    seedHash: contentHashOf(tool),
  }));
  const added = await query<{ name: string }>(
    em,
    `insert into local_tools (id, name, display_name, description, category, agent_types, input_schema,
       is_active, seed_hash, created_at, updated_at)
     select t.id, t.name, t."displayName", t.description, t.category, t."agentTypes", t."inputSchema",
       true, t."seedHash", $2, $2
     from jsonb_to_recordset($1::jsonb) as t(id uuid, name text, "displayName" text, description text,
       category text, "agentTypes" text[], "inputSchema" jsonb, "seedHash" text)
     order by t.name
     on conflict (name) do nothing returning name`,
    [JSON.stringify(rows), now],
  );
  return added.map(({ name }) => name);
}

/** In the order of names, so that two replicas never wait for each other. */
function lockSeeded(em: EntityManager, names: string[]): Promise<SeededRow[]> {
  return query<SeededRow>(
    em,
    `select name, display_name as "displayName", description, category, agent_types as "agentTypes",
       input_schema as "inputSchema", seed_hash as "seedHash"
     from local_tools where name = any($1::text[]) and seed_hash is not null order by name for update`,
    [names],
  );
}

async function renew(em: EntityManager, tool: BuiltInTool, now: string): Promise<void> {
  await query(
    em,
    `update local_tools set display_name = $2, description = $3, category = $4, agent_types = $5::text[],
       input_schema = $6::jsonb, seed_hash = $7, updated_at = $8
     where name = $1`,
    [
      tool.name,
      tool.displayName,
      tool.description,
      tool.category,
      tool.agentTypes,
      JSON.stringify(tool.inputSchema),
      contentHashOf(tool),
      now,
    ],
  );
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function byKey([a]: [string, unknown], [b]: [string, unknown]): number {
  return a < b ? -1 : 1;
}
