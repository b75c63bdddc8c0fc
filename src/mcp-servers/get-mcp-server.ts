import { z } from 'zod';
import { parseInput } from '../lib/parse-input.js';
import {
  type McpServerRow,
  mcpServersByIds,
  type Reads,
  refuseUnknownServer,
} from './mcp-servers.queries.js';

export const McpServerIdInput = z.object({ id: z.string().min(1, 'expected an id') });
export type McpServerIdInput = z.input<typeof McpServerIdInput>;

export async function findMcpServer(
  ctx: Reads,
  raw: McpServerIdInput,
): Promise<McpServerRow | null> {
  const { id } = parseInput(McpServerIdInput, raw);
  const [server] = await mcpServersByIds(ctx, [id]);
  return server ?? null;
}

/** Throws NOT_FOUND. */
export async function getMcpServer(ctx: Reads, raw: McpServerIdInput): Promise<McpServerRow> {
  return (await findMcpServer(ctx, raw)) ?? refuseUnknownServer(raw.id);
}
