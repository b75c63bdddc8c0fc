import { z } from 'zod';
import { AppError } from '../../errors.js';
import { resolveSkillScopes } from '../../proxy/resolve-skill-scopes.js';
import { readSkillAudience } from '../../proxy/visible-skills.js';
import { type BundledFile, bundleSkills } from '../../skills/bundle-skills.js';
import { getSkill } from '../../skills/get-skill.js';
import { type ListSkillsInput, listSkills } from '../../skills/list-skills.js';
import { readSkill } from '../../skills/read-skill.js';
import type { SkillRow } from '../../skills/skills.queries.js';
import { AtiRefusal } from './ati-errors.js';
import type { AtiRoute } from './ati-route.js';
import { readShaped } from './read-body.js';
import { pathText, queryFlag, queryText } from './read-query.js';
import { inSkillWords } from './skill-errors.js';

const BundleRequest = z.object({ names: z.array(z.string()) });
const ResolveRequest = z.object({
  scopes: z.array(z.string()),
  include_content: z.boolean().nullish(),
});
const filters = ['search', 'category', 'provider', 'tool'] as const;

export const skillRoutes: AtiRoute[] = [
  {
    method: 'GET',
    path: '/skills',
    shape: 'error',
    handle: async (request, ctx) => {
      const name = filters.find((one) => queryText(request, one) !== null);
      const input: ListSkillsInput = name ? { [name]: queryText(request, name) } : {};
      const skills = await listSkills(ctx, input, await readSkillAudience(ctx));
      return { body: skills.map(presentItem) };
    },
  },
  {
    method: 'POST',
    path: '/skills/resolve',
    shape: 'error',
    handle: async (request, ctx) => {
      const { scopes, include_content: withContent } = readShaped(request, ResolveRequest);
      const skills = await resolveSkillScopes(ctx, scopes, { withContent: withContent === true });
      return {
        body: skills.map(({ skill, content }) => ({
          ...presentBound(skill),
          ...(content === null ? {} : { content }),
        })),
      };
    },
  },
  {
    method: 'POST',
    path: '/skills/bundle',
    shape: 'error',
    handle: async (request, ctx) => {
      const { names } = readShaped(request, BundleRequest);
      const audience = await readSkillAudience(ctx);
      const { skills, missing } = await bundleSkills(ctx, { names }, audience).catch(asBadBatch);
      const bundles = [...skills].map(([name, files]) => [name, { files: presentFiles(files) }]);
      return { body: { skills: Object.fromEntries(bundles), missing } };
    },
  },
  {
    method: 'GET',
    path: '/skills/:name',
    shape: 'error',
    handle: async (request, ctx) => {
      const name = pathText(request, 'name');
      const [isMeta, hasRefs] = [queryFlag(request, 'meta'), queryFlag(request, 'refs')];
      const audience = await readSkillAudience(ctx);
      return inSkillWords(name, async () => {
        if (isMeta) return { body: presentMeta(await getSkill(ctx, { name }, audience)) };
        const { skill, content, references } = await readSkill(ctx, { name }, audience);
        const { version, description } = skill;
        const refs = hasRefs ? { references } : {};
        return { body: { name, version, description, content, ...refs } };
      });
    },
  },
  {
    method: 'GET',
    path: '/skills/:name/bundle',
    shape: 'error',
    handle: async (request, ctx) => {
      const name = pathText(request, 'name');
      const audience = await readSkillAudience(ctx);
      return inSkillWords(name, async () => {
        await getSkill(ctx, { name }, audience);
        const { skills } = await bundleSkills(ctx, { names: [name] }, audience);
        return { body: { name, files: presentFiles(skills.get(name) ?? []) } };
      });
    },
  },
];

function presentBound({ name, version, description, tools, providers, categories }: SkillRow) {
  return { name, version, description, tools, providers, categories };
}

function presentItem(skill: SkillRow) {
  return { ...presentBound(skill), hint: skill.hint ?? null };
}

function presentMeta(skill: SkillRow) {
  const { name, version, description, tools, providers, categories, keywords } = skill;
  return {
    ...{ name, version, description, author: skill.author ?? null },
    ...{ tools, providers, categories, keywords, hint: skill.hint ?? null },
    ...{ depends_on: skill.dependsOn, suggests: skill.suggests },
    ...{ license: skill.license ?? null, compatibility: skill.compatibility ?? null },
    ...{ allowed_tools: skill.allowedTools ?? null, format: skill.format },
  };
}

function presentFiles(files: readonly BundledFile[]) {
  return Object.fromEntries(
    files.map(({ path, text, content }) => [path, text ?? { base64: content.toString('base64') }]),
  );
}

/** More than a batch has. */
function asBadBatch(error: unknown): never {
  const issue = error instanceof AppError ? error.details.issues?.[0] : undefined;
  if (issue?.message.startsWith('batch size')) throw new AtiRefusal(400, issue.message);
  throw error;
}
