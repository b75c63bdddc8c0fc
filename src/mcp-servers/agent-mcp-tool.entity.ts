import { defineEntity, p } from '@mikro-orm/core';

const AgentMcpToolSchema = defineEntity({
  name: 'AgentMcpTool',
  tableName: 'agent_mcp_tools',
  properties: {
    tenantId: p.text().primary(),
    appId: p.text(),
    agentId: p.text().primary(),
    toolId: p.uuid().primary(),
    /** Place in the list that was assigned. */
    position: p.integer(),
    assignedRevision: p.bigint('string'),
  },
});

/** A tool of an MCP server, assigned to an agent. */
export class AgentMcpTool extends AgentMcpToolSchema.class {}
AgentMcpToolSchema.setClass(AgentMcpTool);
