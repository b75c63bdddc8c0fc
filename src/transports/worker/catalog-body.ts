import { decode, encode } from '@msgpack/msgpack';
import { z } from 'zod';
import type { CatalogTool } from './read-catalog.js';

/** Grows with every change of how tools are written or hashed: an older build then leaves a newer one's catalog alone. */
export const catalogFormat = 1;

/** Where a published catalog comes from, and how new its parts are. */
export type CatalogOrigin = {
  tenant: string;
  agent: string;
  format: number;
  revision: bigint;
  /** Changes with anything in the tools that callers read. */
  digest: string;
  /** Milliseconds; when the permissions were written. */
  permissionsAt: number;
};

export type Permissions = Readonly<Record<string, readonly string[]>>;

export type CatalogBody = {
  tools: readonly CatalogTool[];
  permissions: Permissions;
  schemaHash: string;
  origin: CatalogOrigin;
};

const Body = z.object({
  tools: z.array(
    z.looseObject({
      name: z.string(),
      description: z.string(),
      parameters: z.looseObject({}),
      schema_hash: z.string(),
    }),
  ),
  permissions: z.record(z.string(), z.array(z.string())),
  schema_hash: z.string(),
  toolgraph: z.object({
    tenant: z.string(),
    agent: z.string(),
    format: z.number(),
    revision: z.string().transform((text) => BigInt(text)),
    digest: z.string(),
    permissions_at: z.number(),
  }),
});

/** As msgpack: `tools`, `permissions`, `schema_hash`, and `toolgraph` with what workers need to agree on it. */
export function encodeCatalog({ tools, permissions, schemaHash, origin }: CatalogBody): Uint8Array {
  const { permissionsAt, revision, ...rest } = origin;
  const toolgraph = { ...rest, revision: String(revision), permissions_at: permissionsAt };
  return encode({ tools, permissions, schema_hash: schemaHash, toolgraph }, { maxDepth: 1000 });
}

/** Null for what another program wrote. */
export function decodeCatalog(bytes: Uint8Array): CatalogBody | null {
  try {
    const { tools, permissions, schema_hash, toolgraph } = Body.parse(decode(bytes));
    const { permissions_at, ...origin } = toolgraph;
    return {
      ...{ tools, permissions, schemaHash: schema_hash },
      origin: { ...origin, permissionsAt: permissions_at },
    };
  } catch {
    return null;
  }
}
