import { z } from 'zod';
import { AgentIdInput } from '../agents/agent-id.js';
import { parseInput } from '../lib/parse-input.js';
import { providerSlug } from '../lib/provider-slug.js';
import { agentSkillTools } from './agent-skill-tools.js';
import { searchSkills } from './search-skills.js';
import { spellingsOfTool, visibleSkills } from './select-skills.js';
import type { SkillAudience } from './skill-audience.js';
import { readSkills, type SkillReads, type SkillRow } from './skills.queries.js';

export const ListSkillsInput = z.object({
  search: z.string().max(200).nullish(),
  category: z.string().nullish(),
  provider: z.string().nullish(),
  tool: z.string().nullish(),
  /** Only skills that the agent's tools lead to, with what these depend on. */
  agentId: AgentIdInput.nullish(),
});
export type ListSkillsInput = z.input<typeof ListSkillsInput>;

/** Skills that fit everything that is given, by name; with `search` the best first. Frozen rows. */
export async function listSkills(
  ctx: SkillReads,
  raw: ListSkillsInput,
  audience: SkillAudience = 'all',
): Promise<readonly SkillRow[]> {
  const { search, category, provider, tool, agentId } = parseInput(ListSkillsInput, raw);
  const visible = visibleSkills(await readSkills(ctx), audience);
  const ofAgent = agentId
    ? visibleSkills(visible, { skills: [], tools: await agentSkillTools(ctx, agentId) })
    : visible;
  const fitting = ofAgent.filter(
    (skill) =>
      (!category || skill.categories.includes(category)) &&
      (!provider || hasProvider(skill, provider)) &&
      (!tool || skill.tools.flatMap(spellingsOfTool).includes(tool)),
  );
  return search ? searchSkills(fitting, search) : fitting;
}

function hasProvider({ providers }: SkillRow, provider: string): boolean {
  return providers.some((name) => providerSlug(name) === providerSlug(provider));
}
