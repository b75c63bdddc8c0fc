import { z } from 'zod';
import { requireScope } from '../access/require-scope.js';
import { scopes } from '../context.js';
import { parseInput } from '../lib/parse-input.js';
import { AgentIdInput } from './agent-id.js';
import type { Snapshot } from './agent-views.js';
import { type EffectiveTool, effectiveTools, type ViewReads } from './effective-tools.js';
import { type ExportFormat, exportFormats, formatRules } from './export/export-formats.js';
import { exportTool, toRequestTools } from './export/export-tool.js';
import { inView, readServedTools } from './read-served-tools.js';

export const ExportAgentToolsInput = z.object({
  agentId: AgentIdInput,
  format: z.enum(exportFormats, { error: `expected one of ${exportFormats.join(', ')}` }),
});
export type ExportAgentToolsInput = z.input<typeof ExportAgentToolsInput>;

/** An agent's tools as a request to a provider takes them. */
export type AgentToolExport = {
  agentId: string;
  format: ExportFormat;
  revision: string;
  /** The value of `tools` in the request. */
  tools: Record<string, unknown>[];
  toolCount: number;
  /** What of a tool is not as it was. */
  notes: { tool: string; message: string }[];
  /** Tools that the provider would not take. */
  leftOut: { tool: string; reason: string }[];
};

const chunkSize = 200;

/**
 * The tools that an agent may call, within the rules of a provider, in the order of its view. Every tool of the view is
 * either there or left out with a reason. Remembered for a revision; frozen.
 */
export async function exportAgentTools(
  { actor, views }: ViewReads,
  raw: ExportAgentToolsInput,
): Promise<AgentToolExport> {
  requireScope(actor, scopes.read);
  const { agentId, format } = parseInput(ExportAgentToolsInput, raw);
  const part = `export\n${agentId}\n${format}`;
  const found = await views.recall(actor.tenant, [part], async (snapshot) => {
    const exported = await read(snapshot, { actor }, agentId, format);
    return new Map([[part, exported]]);
  });
  const exported = found.get(part)?.value;
  if (!exported) throw new Error('An export that was asked for was not made.');
  return exported;
}

async function read(
  { em, version }: Snapshot,
  { actor }: Pick<ViewReads, 'actor'>,
  agentId: string,
  format: ExportFormat,
): Promise<AgentToolExport> {
  const view = (await effectiveTools(em, actor.tenant, [agentId])).get(agentId)?.tools ?? [];
  const { maxTools, provider } = formatRules[format];
  const room = maxTools ?? Number.POSITIVE_INFINITY;
  const definitions: Record<string, unknown>[] = [];
  const notes: AgentToolExport['notes'] = [];
  const leftOut: AgentToolExport['leftOut'] = [];
  for (const chunk of chunksOf(view)) {
    const isFull = definitions.length >= room;
    const rows = isFull ? new Map() : await readServedTools({ em, actor }, chunk);
    const tools = isFull ? chunk : inView(chunk, rows);
    for (const tool of tools) {
      if (definitions.length >= room) {
        leftOut.push({ tool: tool.name, reason: `${provider} takes at most ${room} tools.` });
        continue;
      }
      const exported = exportTool(tool, format);
      if (exported.definition === null) {
        leftOut.push({ tool: tool.name, reason: exported.reason });
      } else {
        definitions.push(exported.definition);
        notes.push(...exported.notes.map((message) => ({ tool: tool.name, message })));
      }
    }
  }
  const tools = toRequestTools(definitions, format);
  const revision = String(version.revision);
  return { agentId, format, revision, tools, toolCount: definitions.length, notes, leftOut };
}

function* chunksOf(view: readonly EffectiveTool[]): Generator<EffectiveTool[]> {
  for (let start = 0; start < view.length; start += chunkSize) {
    yield view.slice(start, start + chunkSize);
  }
}
