import { defineEntity, p } from '@mikro-orm/core';

const AgentToolAssignmentSchema = defineEntity({
  name: 'AgentToolAssignment',
  tableName: 'agent_tool_assignments',
  properties: {
    tenantId: p.text().primary(),
    agentId: p.text().primary(),
    endpointId: p.uuid().primary(),
    appId: p.text(),
    enabled: p.boolean(),
    /** The catalog revision that made the assignment: the older one keeps a name that two tools share. */
    assignedRevision: p.bigint('string'),
  },
});

/** An agent may list and call this endpoint. */
export class AgentToolAssignment extends AgentToolAssignmentSchema.class {}
AgentToolAssignmentSchema.setClass(AgentToolAssignment);
