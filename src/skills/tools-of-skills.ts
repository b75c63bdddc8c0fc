import type { EntityManager } from '@mikro-orm/postgresql';
import { requireScope } from '../access/require-scope.js';
import type { AgentLocalTool } from '../agents/list-agent-tools.js';
import { type EndpointRow, endpointColumns } from '../catalog/catalog.queries.js';
import { scopes } from '../context.js';
import { providerSlug } from '../lib/provider-slug.js';
import { readLocalTools } from '../local-tools/list-local-tools.js';
import { isServed, type McpToolRow, mcpToolColumns } from '../mcp-servers/mcp-tools.queries.js';
import { query } from '../storage/sql.js';
import { spellingsOfTool } from './select-skills.js';
import type { SkillReads, SkillRow } from './skills.queries.js';

/** A tool of the catalog that a skill names. */
export type NamedTool = (EndpointRow & { kind: 'ENDPOINT' }) | McpToolRow | AgentLocalTool;

type Bound = Pick<SkillRow, 'id' | 'tools'>;

/**
 * The tools that each skill names and that are offered now, in the order in which it names them; every skill that is
 * asked for has an entry. A name without a provider means every tool that is called so.
 */
export async function toolsOfSkills(
  { em, actor }: Pick<SkillReads, 'em' | 'actor'>,
  skills: readonly Bound[],
): Promise<Map<string, NamedTool[]>> {
  requireScope(actor, scopes.read);
  const wanted = [...new Set(skills.flatMap(({ tools }) => tools).flatMap(namesWithin))];
  const byName = wanted.length === 0 ? new Map() : await readNamed(em, actor.tenant, wanted);
  return new Map(
    skills.map(({ id, tools }) => {
      const named = tools.flatMap(spellingsOfTool).flatMap((name) => byName.get(name) ?? []);
      return [id, [...new Map(named.map((tool) => [tool.id, tool])).values()]];
    }),
  );
}

/** What the tool itself may be called in `tool`, `provider:tool` and `provider_tool`. */
function namesWithin(name: string): string[] {
  const ends = [...name.matchAll(/[:_]/g)].map(({ index }) => name.slice(index + 1));
  return [name, ...ends].filter((one) => one !== '' && !one.includes('\0'));
}

/** Tools by every name that they go by. */
async function readNamed(
  em: EntityManager,
  tenant: string,
  names: readonly string[],
): Promise<Map<string, NamedTool[]>> {
  const endpoints = await query<EndpointRow & { provider: string }>(
    em,
    `select ${endpointColumns}, a.name as provider
     from endpoints e join apis a on a.tenant_id = e.tenant_id and a.id = e.api_id
     where e.tenant_id = $1 and e.name = any($2) and e.enabled order by a.name, e.position, e.id`,
    [tenant, names],
  );
  const mcpTools = await query<Omit<McpToolRow, 'kind'>>(
    em,
    `select ${mcpToolColumns} from mcp_tools k
     join mcp_servers s on s.tenant_id = k.tenant_id and s.id = k.server_id
     where k.tenant_id = $1 and (k.tool_name = any($2) or k.name = any($2)) and ${isServed}
     order by s.name, k.position, k.id`,
    [tenant, names],
  );
  const local = (await readLocalTools(em)).filter(({ name }) => names.includes(name));
  const byName = new Map<string, NamedTool[]>();
  for (const { provider, ...endpoint } of endpoints) {
    add(byName, provider, [endpoint.name], { ...endpoint, kind: 'ENDPOINT' });
  }
  for (const tool of mcpTools) {
    add(byName, tool.serverName, [tool.name, tool.serverToolName], { ...tool, kind: 'MCP' });
  }
  for (const tool of local) add(byName, null, [tool.name], { ...tool, kind: 'LOCAL' });
  return byName;
}

function add(
  byName: Map<string, NamedTool[]>,
  provider: string | null,
  names: readonly string[],
  tool: NamedTool,
): void {
  const slug = provider === null ? null : providerSlug(provider);
  const prefixed =
    slug === null ? [] : names.flatMap((name) => [`${slug}:${name}`, `${slug}_${name}`]);
  for (const name of new Set([...names, ...prefixed])) {
    byName.set(name, [...(byName.get(name) ?? []), tool]);
  }
}
