import { isUuid } from '../lib/uuid.js';
import { query } from '../storage/sql.js';
import { type ApiRow, apiColumns, type Reads, toApiRow } from './catalog.queries.js';
import type { ApiIdentity } from './identify-api.js';

/** An API whose last document had this body, and the tenant's revision at that moment. */
export type SyncedApi = { api: ApiRow; files: Record<string, string>; revision: string };

/**
 * The API that a sync is about, when the body is the one that it was last synced with: one indexed query, and nothing
 * is parsed. Where neither id, URL nor name is given, the name is the document's title, which the same body repeats.
 */
export async function findSyncedApi(
  { em, actor }: Reads,
  { apiId, swaggerUrl, name }: ApiIdentity,
  contentHash: string,
): Promise<SyncedApi | null> {
  if (apiId ? !isUuid(apiId) : actor.app === null) return null;
  const [row] = await query<ApiRow & Omit<SyncedApi, 'api'>>(
    em,
    `select ${apiColumns}, a.files,
            coalesce((select revision from catalog_revisions r where r.tenant_id = $1), 0)::text as revision
     from apis a
     where a.tenant_id = $1 and a.content_hash = $2
       and case
         when $3::uuid is not null then a.id = $3
         when $4::text is not null then a.app_id = $5 and a.swagger_url = $4
         else a.app_id = $5 and a.name = coalesce($6, a.title)
       end`,
    [actor.tenant, contentHash, apiId ?? null, swaggerUrl, actor.app, name],
  );
  if (!row) return null;
  const { files, revision, ...api } = row;
  return { api: toApiRow(api), files, revision };
}
