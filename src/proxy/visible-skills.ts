import { grantsAll, isToolGranted } from '../access/ati/match-scope.js';
import type { SkillAudience, SkillGrants, SkillTool } from '../skills/skill-audience.js';
import { listVisibleTools, type ProxyTool } from './list-visible-tools.js';
import type { ProxyContext } from './proxy-context.js';

/** Which skills the caller sees: those of its scopes, and those that its tools lead to. */
export async function readSkillAudience(ctx: ProxyContext): Promise<SkillAudience> {
  const { scopes } = ctx.caller;
  if (grantsAll(scopes)) return 'all';
  return toGrants(scopes, await listVisibleTools(ctx));
}

/** What scopes lead to: named skills, then named tools in the order of the scopes, then all others that scopes match. */
export function toGrants(scopes: readonly string[], tools: readonly ProxyTool[]): SkillGrants {
  const named = scopes.flatMap((scope) => tools.filter(({ name }) => scope === `tool:${name}`));
  const granted = tools.filter(({ name }) => isToolGranted(scopes, name));
  return {
    skills: scopes.flatMap((scope) => (scope.startsWith('skill:') ? [scope.slice(6)] : [])),
    tools: [...new Set([...named, ...granted])].map(toSkillTool),
  };
}

/** A tool as skills are bound to it. */
export function toSkillTool(tool: ProxyTool): SkillTool {
  const { name, provider, tags } = tool;
  const own = name.slice(name.indexOf(':') + 1);
  const inView = tool.kind === 'BUILT_IN' ? [] : [tool.viewName];
  const names = new Set([name, name.replace(':', '_'), own, ...inView]);
  return { names: [...names], provider, categories: tags };
}
