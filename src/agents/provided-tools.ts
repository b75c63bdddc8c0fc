import type { EntityManager } from '@mikro-orm/postgresql';
import { requireScope } from '../access/require-scope.js';
import { scopes } from '../context.js';
import { providerSlug } from '../lib/provider-slug.js';
import { query } from '../storage/sql.js';
import { type CallableKind, effectiveTools, type ViewReads } from './effective-tools.js';

/** A tool of an agent's view under the name that is the same for every agent: `provider:tool`. */
export type ProvidedTool = {
  id: string;
  kind: CallableKind;
  /** `provider:tool`. */
  name: string;
  /** The API or MCP server as a slug. */
  provider: string;
  /** Id of the API or MCP server. */
  providerId: string;
  /** In the agent's view. */
  viewName: string;
  description: string;
  tags: string[];
  /** HTTP method, upper case; POST for a tool of an MCP server. */
  method: string;
  /** Path of the operation; empty for a tool of an MCP server. */
  path: string;
};

/**
 * Everything that the agent may call, in the order of its view. `provider` is the name of the API or MCP server as a
 * slug; of several with one slug in a tenant the oldest has it plain, the others with the beginning of their ids.
 * Remembered for the catalog's revision; shared and frozen.
 */
export async function listProvidedTools(
  { actor, views }: ViewReads,
  agentId: string,
): Promise<readonly ProvidedTool[]> {
  requireScope(actor, scopes.read);
  const part = `provided\n${agentId}`;
  const found = await views.recall(actor.tenant, [part], async ({ em }) => {
    const tools = await readProvidedTools(em, actor.tenant, agentId);
    return new Map([[part, tools]]);
  });
  return found.get(part)?.value ?? [];
}

type SourceRow = Omit<ProvidedTool, 'name' | 'provider' | 'viewName' | 'description'> & {
  sourceName: string;
  description: string | null;
};

async function readProvidedTools(
  em: EntityManager,
  tenant: string,
  agentId: string,
): Promise<ProvidedTool[]> {
  const view = (await effectiveTools(em, tenant, [agentId])).get(agentId)?.tools ?? [];
  if (view.length === 0) return [];
  const slugs = await readSlugs(em, tenant);
  const rows = new Map((await readSources(em, tenant, view)).map((row) => [row.id, row]));
  return view.flatMap(({ id, name: viewName }) => {
    const row = rows.get(id);
    const provider = row && slugs.get(row.providerId);
    if (!row || provider === undefined) return [];
    const { sourceName, description, ...rest } = row;
    const name = `${provider}:${sourceName}`;
    return [{ ...rest, name, provider, viewName, description: description ?? '' }];
  });
}

function readSources(
  em: EntityManager,
  tenant: string,
  view: readonly { id: string; kind: CallableKind }[],
): Promise<SourceRow[]> {
  const ids = (wanted: CallableKind) =>
    view.flatMap(({ id, kind }) => (kind === wanted ? [id] : []));
  return query<SourceRow>(
    em,
    `select e.id, 'ENDPOINT' as kind, e.name as "sourceName", e.api_id as "providerId",
       coalesce(nullif(e.description, ''), e.summary) as description, e.tags, e.method, e.path
     from endpoints e where e.tenant_id = $1 and e.id = any($2::uuid[])
     union all
     select k.id, 'MCP', k.tool_name, k.server_id, coalesce(nullif(k.description, ''), k.title), '{}', 'POST', ''
     from mcp_tools k where k.tenant_id = $1 and k.id = any($3::uuid[])`,
    [tenant, ids('ENDPOINT'), ids('MCP')],
  );
}

/** By id of the API or MCP server. */
async function readSlugs(em: EntityManager, tenant: string): Promise<Map<string, string>> {
  const providers = await query<{ id: string; name: string }>(
    em,
    `select id, name from (
       select id, name, created_at from apis where tenant_id = $1
       union all select id, name, created_at from mcp_servers where tenant_id = $1
     ) providers order by created_at, id`,
    [tenant],
  );
  return nameProviders(providers);
}

/** The provider of tools that the proxy has itself. */
export const builtInProvider = 'file_manager';

/** Slugs by id, for providers in the order in which they came. */
export function nameProviders(
  providers: readonly { id: string; name: string }[],
): Map<string, string> {
  const slugs = new Map<string, string>();
  const wanted = new Set(providers.map(({ name }) => providerSlug(name)));
  const taken = new Set<string>([builtInProvider]);
  for (const { id, name } of providers) {
    const plain = providerSlug(name);
    let slug = plain;
    const digits = id.replaceAll('-', '');
    for (let length = 8; taken.has(slug) || (slug !== plain && wanted.has(slug)); length += 4) {
      slug = `${plain}-${digits.slice(0, length)}`;
    }
    taken.add(slug);
    slugs.set(id, slug);
  }
  return slugs;
}
