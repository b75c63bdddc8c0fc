import { z } from 'zod';

const Issuer = z.object({
  issuer: z.string(),
  authorizationEndpoint: z.string().nullable(),
  tokenEndpoint: z.string(),
  registrationEndpoint: z.string().nullable(),
  authMethods: z.array(z.string()).nullable(),
  codeChallengeMethods: z.array(z.string()).nullable(),
  scopes: z.array(z.string()),
  namesItselfInCallbacks: z.boolean(),
  takesClientIdDocuments: z.boolean(),
});

/** What was found out about a server's authorization. */
export const DiscoveredOauth = z.object({
  /** The URL of the MCP server that was asked. */
  serverUrl: z.string(),
  /** What tokens are asked for (RFC 8707). */
  resource: z.string(),
  resourceScopes: z.array(z.string()),
  issuer: Issuer,
});
export type DiscoveredOauth = z.output<typeof DiscoveredOauth>;

/** Who we are at an authorization server. A client belongs to the issuer that knows it; its secret is stored elsewhere. */
export const StoredClient = z.object({
  id: z.string(),
  issuer: z.string(),
  method: z.enum(['basic', 'post', 'private_key_jwt', 'none']),
  /** Given by a person, registered (RFC 7591), or named by the URL of its own metadata document. */
  source: z.enum(['given', 'registered', 'document']),
  redirectUri: z.string().nullable(),
});
export type StoredClient = z.output<typeof StoredClient>;

const StoredOauthSchema = z.object({
  discovered: DiscoveredOauth.nullable().default(null),
  client: StoredClient.nullable().default(null),
  /** How the tokens of that version came to be. */
  tokens: z
    .object({
      version: z.string(),
      grant: z.enum(['authorization_code', 'client_credentials', 'refresh_token']),
      scopes: z.array(z.string()),
      lifetimeSeconds: z.number().nullable(),
    })
    .nullable()
    .default(null),
  /** What the server asked for when there was nothing to give. */
  challenge: z
    .object({ scopes: z.array(z.string()), resourceMetadata: z.string().nullable() })
    .nullable()
    .default(null),
  /** The version of the tokens with which nothing is to be had any more. */
  refused: z
    .object({ version: z.string(), scopes: z.array(z.string()).nullable() })
    .nullable()
    .default(null),
});

/** The column `mcp_servers.oauth`: no secrets. */
export type StoredOauth = z.output<typeof StoredOauthSchema>;

/** Reads the column; what cannot be read counts as nothing known. */
export function parseStoredOauth(value: unknown): StoredOauth {
  const parsed = StoredOauthSchema.safeParse(value ?? {});
  return parsed.success ? parsed.data : StoredOauthSchema.parse({});
}
