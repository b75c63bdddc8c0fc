import { defineEntity, p } from '@mikro-orm/core';

export const catalogChangeKinds = [
  'API_SYNCED',
  'API_REMOVED',
  'ENDPOINT_UPDATED',
  'TOOLS_ASSIGNED',
  'TOOLS_UNASSIGNED',
  'MCP_TOOLS_ASSIGNED',
  'MCP_SERVER_REGISTERED',
  'MCP_SERVER_UPDATED',
  'MCP_SERVER_REMOVED',
  'MCP_TOOLS_CHANGED',
  'LOCAL_TOOLS_CHANGED',
  'SKILL_UPLOADED',
  'SKILL_REMOVED',
] as const;
export type CatalogChangeKind = (typeof catalogChangeKinds)[number];

const CatalogChangeSchema = defineEntity({
  name: 'CatalogChange',
  tableName: 'catalog_changes',
  properties: {
    tenantId: p.text().primary(),
    revision: p.bigint('string').primary(),
    kind: p.enum(() => catalogChangeKinds).$type<CatalogChangeKind>(),
    at: p.datetime(),
    /** Agents whose tools the change alters, sorted. */
    agentIds: p.array(),
    apiId: p.uuid().nullable(),
    endpointId: p.uuid().nullable(),
    mcpServerId: p.uuid().nullable(),
    skillId: p.uuid().nullable(),
  },
});

/** One line of a tenant's change log. Written in the transaction of the change itself, never altered. */
export class CatalogChange extends CatalogChangeSchema.class {}
CatalogChangeSchema.setClass(CatalogChange);
