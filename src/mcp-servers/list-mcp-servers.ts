import { z } from 'zod';
import { requireScope } from '../access/require-scope.js';
import { scopes } from '../context.js';
import { parseInput } from '../lib/parse-input.js';
import { query } from '../storage/sql.js';
import {
  type McpServerRow,
  mcpServerColumns,
  type Reads,
  toMcpServerRow,
} from './mcp-servers.queries.js';

export const ListMcpServersInput = z.object({ appId: z.string().max(200).nullish() });
export type ListMcpServersInput = z.input<typeof ListMcpServersInput>;

/** By name. Without `appId`: those of the actor's app, or of the whole tenant for an actor without one. */
export async function listMcpServers(
  { em, actor }: Reads,
  raw: ListMcpServersInput,
): Promise<McpServerRow[]> {
  requireScope(actor, scopes.read);
  const { appId } = parseInput(ListMcpServersInput, raw);
  const rows = await query<McpServerRow>(
    em,
    `select ${mcpServerColumns} from mcp_servers s
     where s.tenant_id = $1 and ($2::text is null or s.app_id = $2) order by s.name, s.id`,
    [actor.tenant, appId ?? actor.app],
  );
  return rows.map(toMcpServerRow);
}
