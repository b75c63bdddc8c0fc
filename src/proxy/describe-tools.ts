import { readProvidedSchemas } from '../agents/read-provided-schemas.js';
import { AppError } from '../errors.js';
import { providerSlug } from '../lib/provider-slug.js';
import type { JsonSchema } from '../openapi/types.js';
import { listSkills } from '../skills/list-skills.js';
import { resolveSkills } from '../skills/resolve-skills.js';
import type { SkillRow } from '../skills/skills.queries.js';
import { listVisibleTools, type ProxyTool } from './list-visible-tools.js';
import type { ProxyContext } from './proxy-context.js';
import { readSkillAudience, toSkillTool } from './visible-skills.js';

/** A tool with what its caller has to know to call it. */
export type DescribedTool = {
  tool: ProxyTool;
  inputSchema: JsonSchema | null;
  /** Names of visible skills: of the provider, and where one tool was asked for of the tool too. */
  skills: string[];
};

/** Tools in their order with schemas and the skills of their providers. */
export async function describeTools(
  ctx: ProxyContext,
  tools: readonly ProxyTool[],
): Promise<DescribedTool[]> {
  const schemas = await readSchemas(ctx, tools);
  const skills = await listSkills(ctx, {}, await readSkillAudience(ctx));
  const byProvider = new Map<string, string[]>();
  for (const { provider } of tools) {
    if (!byProvider.has(provider)) byProvider.set(provider, skillsOf(skills, provider));
  }
  return tools.map((tool) => ({
    tool,
    inputSchema: schemas.get(tool.id) ?? null,
    skills: byProvider.get(tool.provider) ?? [],
  }));
}

/** One visible tool by its full name. Throws NOT_FOUND for any other, whether there is one or not. */
export async function describeTool(ctx: ProxyContext, name: string): Promise<DescribedTool> {
  const tool = (await listVisibleTools(ctx)).find((one) => one.name === name);
  if (!tool) throw new AppError('NOT_FOUND', `Tool '${name}' not found`, { name });
  const schemas = await readSchemas(ctx, [tool]);
  const audience = await readSkillAudience(ctx);
  const skills = await resolveSkills(ctx, { skills: [], tools: [toSkillTool(tool)] }, audience);
  return {
    tool,
    inputSchema: schemas.get(tool.id) ?? null,
    skills: skills.map((skill) => skill.name),
  };
}

async function readSchemas(
  ctx: ProxyContext,
  tools: readonly ProxyTool[],
): Promise<Map<string, JsonSchema>> {
  const provided = tools.filter(({ kind }) => kind !== 'BUILT_IN');
  const schemas = await readProvidedSchemas(ctx, provided);
  for (const tool of tools) {
    if (tool.kind === 'BUILT_IN') schemas.set(tool.id, tool.inputSchema);
  }
  return schemas;
}

function skillsOf(skills: readonly SkillRow[], provider: string): string[] {
  return skills.flatMap(({ name, providers }) =>
    providers.some((one) => providerSlug(one) === provider) ? [name] : [],
  );
}
