import type { EntityManager } from '@mikro-orm/postgresql';
import { requireScope } from '../access/require-scope.js';
import { type EffectiveTool, effectiveTools, type ViewReads } from '../agents/effective-tools.js';
import { scopes } from '../context.js';
import { providerSlug } from '../lib/provider-slug.js';
import { query } from '../storage/sql.js';
import type { SkillTool } from './skill-audience.js';

/** The tools that an agent may call, as skills are bound to them. Shared and frozen. */
export async function agentSkillTools(
  { actor, views }: ViewReads,
  agentId: string,
): Promise<readonly SkillTool[]> {
  requireScope(actor, scopes.read);
  const part = `skill-tools\n${agentId}`;
  const found = await views.recall(actor.tenant, [part], async ({ em }) => {
    const view = (await effectiveTools(em, actor.tenant, [agentId])).get(agentId);
    return new Map([[part, await toSkillTools(em, actor.tenant, view?.tools ?? [])]]);
  });
  return found.get(part)?.value ?? [];
}

type SourceRow = { id: string; provider: string; names: string[]; tags: string[] };

async function toSkillTools(
  em: EntityManager,
  tenant: string,
  tools: readonly EffectiveTool[],
): Promise<SkillTool[]> {
  const sources = await query<SourceRow>(
    em,
    `select e.id, a.name as provider, array[e.name] as names, e.tags
     from endpoints e left join apis a on a.tenant_id = e.tenant_id and a.id = e.api_id
     where e.tenant_id = $1 and e.id = any($2::uuid[])
     union all
     select k.id, s.name, array[k.tool_name, k.name], '{}'::text[]
     from mcp_tools k join mcp_servers s on s.tenant_id = k.tenant_id and s.id = k.server_id
     where k.tenant_id = $1 and k.id = any($2::uuid[])`,
    [tenant, tools.map(({ id }) => id)],
  );
  const byId = new Map(sources.map((source) => [source.id, source]));
  return tools.flatMap(({ id, name }) => {
    const source = byId.get(id);
    return source ? [toSkillTool(name, source)] : [];
  });
}

function toSkillTool(name: string, { provider: source, names, tags }: SourceRow): SkillTool {
  const provider = providerSlug(source);
  const own = [...new Set([name, ...names])];
  const prefixed = own.flatMap((tool) => [`${provider}:${tool}`, `${provider}_${tool}`]);
  return { names: [...own, ...prefixed], provider, categories: tags };
}
