import { defineEntity, p } from '@mikro-orm/core';

const McpAuthorizationSchema = defineEntity({
  name: 'McpAuthorization',
  tableName: 'mcp_authorizations',
  properties: {
    /** SHA-256 of the state: who reads the table cannot finish what it holds. */
    stateHash: p.text().primary(),
    tenantId: p.text(),
    serverId: p.uuid(),
    /** Sealed: the PKCE verifier, and the client secret where there is one. */
    verifier: p.json<unknown>(),
    redirectUri: p.text(),
    oauth: p.json<unknown>().columnType('json'),
    expiresAt: p.datetime(),
  },
});

/** An authorization that a person has begun and not finished. */
export class McpAuthorization extends McpAuthorizationSchema.class {}
McpAuthorizationSchema.setClass(McpAuthorization);
