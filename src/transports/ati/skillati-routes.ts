import { AppError } from '../../errors.js';
import { directoryOf, linkSkillText } from '../../proxy/link-skill-text.js';
import type { ProxyContext } from '../../proxy/proxy-context.js';
import { searchSkillCatalog } from '../../proxy/search-skill-catalog.js';
import { readSkillAudience } from '../../proxy/visible-skills.js';
import { listSkills } from '../../skills/list-skills.js';
import { readSkill } from '../../skills/read-skill.js';
import { type ReadSkillFile, readSkillFile } from '../../skills/read-skill-file.js';
import type { SkillRow } from '../../skills/skills.queries.js';
import { AtiRefusal } from './ati-errors.js';
import type { AtiRoute } from './ati-route.js';
import { pathText, queryText, requireQuery } from './read-query.js';
import { inSkillWords } from './skill-errors.js';

/** The same skills as under `/skills`, read lazily. */
export const skillatiRoutes: AtiRoute[] = [
  {
    method: 'GET',
    path: '/skillati/catalog',
    shape: 'error',
    handle: async (request, ctx) => {
      const skills = await listSkills(ctx, {}, await readSkillAudience(ctx));
      const found = searchSkillCatalog(skills, queryText(request, 'search'));
      return { body: { skills: found.map(presentEntry) } };
    },
  },
  {
    method: 'GET',
    path: '/skillati/:name',
    shape: 'error',
    handle: async (request, ctx) => {
      const name = pathText(request, 'name');
      const audience = await readSkillAudience(ctx);
      const { skill, content } = await inSkillWords(name, () => readSkill(ctx, { name }, audience));
      const names = new Set((await listSkills(ctx, {}, audience)).map((one) => one.name));
      return {
        body: {
          ...{ name, description: skill.description, skill_directory: directoryOf(name) },
          content: linkSkillText(content, name, names),
        },
      };
    },
  },
  {
    method: 'GET',
    path: '/skillati/:name/resources',
    shape: 'error',
    handle: async (request, ctx) => {
      const name = pathText(request, 'name');
      const prefix = queryText(request, 'prefix');
      const audience = await readSkillAudience(ctx);
      const { files } = await inSkillWords(name, () => readSkill(ctx, { name }, audience));
      const resources = files.map(({ path }) => path).filter((path) => isResource(path, prefix));
      return { body: { name, prefix, resources } };
    },
  },
  {
    method: 'GET',
    path: '/skillati/:name/file',
    shape: 'error',
    handle: async (request, ctx) => {
      const path = requireQuery(request, 'path');
      const file = await readFile(ctx, pathText(request, 'name'), path);
      const { requestedSkill, resolvedSkill, content, text } = file;
      const about = { requested_skill: requestedSkill, resolved_skill: resolvedSkill };
      const body =
        text === null
          ? { kind: 'binary', encoding: 'base64', content: content.toString('base64') }
          : { kind: 'text', content: text };
      return { body: { ...about, path: file.path, ...body } };
    },
  },
  {
    method: 'GET',
    path: '/skillati/:name/refs',
    shape: 'error',
    handle: async (request, ctx) => {
      const name = pathText(request, 'name');
      const audience = await readSkillAudience(ctx);
      const { references } = await inSkillWords(name, () => readSkill(ctx, { name }, audience));
      return { body: { name, references } };
    },
  },
  {
    method: 'GET',
    path: '/skillati/:name/ref/:reference',
    shape: 'error',
    handle: async (request, ctx) => {
      const name = pathText(request, 'name');
      const reference = pathText(request, 'reference');
      const { text } = await readFile(ctx, name, `references/${reference}`);
      if (text === null) {
        throw new AtiRefusal(400, `Reference '${reference}' of skill '${name}' is not text`);
      }
      return { body: { name, reference, content: text } };
    },
  },
];

async function readFile(ctx: ProxyContext, name: string, path: string): Promise<ReadSkillFile> {
  const audience = await readSkillAudience(ctx);
  return inSkillWords(name, async () => {
    try {
      return await readSkillFile(ctx, { name, path }, audience);
    } catch (error) {
      const isPath = error instanceof AppError && error.code === 'INVALID_INPUT';
      if (!isPath || name.length > 200) throw error;
      throw new AtiRefusal(400, `Invalid skill-relative path '${path.slice(0, 500)}'`);
    }
  });
}

function isResource(path: string, prefix: string | null): boolean {
  if (path === 'SKILL.md' || path === 'skill.toml') return false;
  if (path.split('/').some((part) => part.startsWith('.'))) return false;
  const folder = prefix?.replace(/\/+$/, '');
  return !folder || path === folder || path.startsWith(`${folder}/`);
}

/** Empty lists are left out. */
function presentEntry(skill: SkillRow) {
  const { name, description, whenToUse, keywords, tools, providers, categories } = skill;
  const lists = Object.entries({ keywords, tools, providers, categories });
  return {
    ...{ name, description, skill_directory: directoryOf(name) },
    ...(whenToUse ? { when_to_use: whenToUse } : {}),
    ...Object.fromEntries(lists.filter(([, list]) => list.length > 0)),
  };
}
