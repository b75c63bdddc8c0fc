import { listSkills } from '../skills/list-skills.js';
import { builtInTools } from './built-in-tools.js';
import { listVisibleTools } from './list-visible-tools.js';
import type { ProxyContext } from './proxy-context.js';
import { readSkillAudience } from './visible-skills.js';

export type VisibleCounts = { tools: number; providers: number; skills: number };

/** How much the caller sees; of nobody what everybody has. */
export async function countVisible(ctx: ProxyContext | null): Promise<VisibleCounts> {
  const tools = ctx ? await listVisibleTools(ctx) : builtInTools;
  const providers = new Set(tools.map(({ provider }) => provider)).size;
  const skills = ctx ? await listSkills(ctx, {}, await readSkillAudience(ctx)) : [];
  return { tools: tools.length, providers, skills: skills.length };
}
