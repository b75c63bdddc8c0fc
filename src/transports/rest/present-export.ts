import type { AgentToolExport } from '../../agents/export-agent-tools.js';

export function presentExport(exported: AgentToolExport) {
  return {
    agent_id: exported.agentId,
    format: exported.format.toLowerCase(),
    revision: exported.revision,
    tools: exported.tools,
    tool_count: exported.toolCount,
    notes: exported.notes,
    left_out: exported.leftOut,
  };
}
