import { requireScope } from '../access/require-scope.js';
import { type Context, scopes } from '../context.js';
import { isUuid } from '../lib/uuid.js';
import { query } from '../storage/sql.js';

/** A security scheme of a document, and whether calls can use it. */
export type SecurityScheme = {
  name: string;
  /** `apiKey`, `http`, `oauth2`, `openIdConnect` or `mutualTLS`. */
  type: string;
  /** `header`, `query` or `cookie` for an API key, `basic` or `bearer` and the like for HTTP; null for others. */
  where: string | null;
  hasCredential: boolean;
};

/** Each API's schemes, by name; APIs without any are left out. */
export async function securitySchemesByApiIds(
  ctx: Pick<Context, 'em' | 'actor'>,
  apiIds: readonly string[],
): Promise<Map<string, SecurityScheme[]>> {
  requireScope(ctx.actor, scopes.read);
  const rows = await query<{
    id: string;
    schemes: Record<string, Record<string, unknown>>;
    stored: string[];
  }>(
    ctx.em,
    `select a.id, a.security_schemes as schemes,
       array(select c.scheme from api_credentials c where c.tenant_id = a.tenant_id and c.api_id = a.id) as stored
     from apis a where a.tenant_id = $1 and a.id = any($2::uuid[])`,
    [ctx.actor.tenant, apiIds.filter(isUuid)],
  );
  return new Map(
    rows.map(({ id, schemes, stored }) => [
      id,
      Object.entries(schemes).map(([name, scheme]) => toScheme(name, scheme, stored)),
    ]),
  );
}

function toScheme(name: string, scheme: Record<string, unknown>, stored: string[]): SecurityScheme {
  const { type, in: place, scheme: httpScheme } = scheme;
  const where = type === 'apiKey' ? place : type === 'http' ? httpScheme : null;
  return {
    name,
    type: typeof type === 'string' ? type : '',
    where: typeof where === 'string' ? where.toLowerCase() : null,
    hasCredential: stored.includes(name),
  };
}
