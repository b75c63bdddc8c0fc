import { defineEntity, p } from '@mikro-orm/core';
import { type CredentialKind, credentialKinds } from './credential.js';

const ApiCredentialSchema = defineEntity({
  name: 'ApiCredential',
  tableName: 'api_credentials',
  properties: {
    id: p.uuid().primary(),
    tenantId: p.text(),
    apiId: p.uuid(),
    /** Name of a security scheme of the API's document. */
    scheme: p.text(),
    kind: p.enum(() => credentialKinds).$type<CredentialKind>(),
    /** Field → Fernet token. */
    secret: p.json<Record<string, string>>(),
    /** The origin that it was given for; it is sent nowhere else. */
    origin: p.text(),
    updatedAt: p.datetime(),
  },
});

/** What one security scheme of an API needs, sealed. */
export class ApiCredential extends ApiCredentialSchema.class {}
ApiCredentialSchema.setClass(ApiCredential);
