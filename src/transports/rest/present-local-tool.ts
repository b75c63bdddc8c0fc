import type { LocalToolRow } from '../../local-tools/list-local-tools.js';

export function presentLocalTool(tool: LocalToolRow) {
  return {
    id: tool.id,
    name: tool.name,
    display_name: tool.displayName,
    description: tool.description ?? null,
    category: tool.category,
    agent_types: tool.agentTypes,
    input_schema: tool.inputSchema,
    is_active: tool.isActive,
  };
}
