import type { EntityManager } from '@mikro-orm/postgresql';
import { z } from 'zod';
import { requireScope } from '../access/require-scope.js';
import { type Context, scopes } from '../context.js';
import { parseInput } from '../lib/parse-input.js';
import { query } from '../storage/sql.js';
import { type AgentType, agentTypes, type LocalTool } from './local-tool.entity.js';

export const ListLocalToolsInput = z.object({
  agentType: z.enum(agentTypes, { error: `expected one of ${agentTypes.join(', ')}` }).nullish(),
});
export type ListLocalToolsInput = z.input<typeof ListLocalToolsInput>;

/** A local tool as a list shows it. */
export type LocalToolRow = Pick<
  LocalTool,
  | 'id'
  | 'name'
  | 'displayName'
  | 'description'
  | 'category'
  | 'agentTypes'
  | 'inputSchema'
  | 'isActive'
>;

/** The active local tools by name, the same for every tenant; with `agentType` those for agents of that type. */
export async function listLocalTools(
  ctx: Pick<Context, 'em' | 'actor'>,
  raw: ListLocalToolsInput = {},
): Promise<LocalToolRow[]> {
  requireScope(ctx.actor, scopes.read);
  const { agentType } = parseInput(ListLocalToolsInput, raw);
  return readLocalTools(ctx.em, agentType);
}

/** See `listLocalTools`. */
export function readLocalTools(
  em: EntityManager,
  agentType: AgentType | null = null,
): Promise<LocalToolRow[]> {
  return query<LocalToolRow>(
    em,
    `select id, name, display_name as "displayName", description, category, agent_types as "agentTypes",
       input_schema as "inputSchema", is_active as "isActive"
     from local_tools
     where is_active and ($1::text is null or $1 = any(agent_types))
     order by name`,
    [agentType],
  );
}
