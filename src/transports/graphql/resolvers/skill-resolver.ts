import { Arg, Args, Ctx, FieldResolver, ID, Mutation, Query, Resolver, Root } from 'type-graphql';
import { AppError } from '../../../errors.js';
import { findSkill } from '../../../skills/get-skill.js';
import { listSkillVersions } from '../../../skills/list-skill-versions.js';
import { listSkills } from '../../../skills/list-skills.js';
import { readSkill } from '../../../skills/read-skill.js';
import { readSkillFile } from '../../../skills/read-skill-file.js';
import { removeSkill } from '../../../skills/remove-skill.js';
import { resolveSkills } from '../../../skills/resolve-skills.js';
import type { SkillRow } from '../../../skills/skills.queries.js';
import { uploadSkill } from '../../../skills/upload-skill.js';
import { SkillsArgs } from '../args/skills-args.js';
import type { GraphqlContext } from '../graphql-context.js';
import { AgentType } from '../types/agent-type.js';
import { CatalogChangeType } from '../types/catalog-change-type.js';
import { SkillFileContentType, toSkillFileContent } from '../types/skill-file-content-type.js';
import { SkillFileType } from '../types/skill-file-type.js';
import { SkillType } from '../types/skill-type.js';
import { SkillVersionType } from '../types/skill-version-type.js';
import { type ToolRow, ToolType } from '../types/tool-type.js';
import { UploadSkillResultType } from '../types/upload-skill-result-type.js';

@Resolver(() => SkillType)
export class SkillResolver {
  @Query(() => SkillType, {
    nullable: true,
    description: 'One skill, by its id or its name; null when the tenant has none such.',
  })
  skill(
    @Arg('id', () => ID, { nullable: true, description: 'Id of a skill.' })
    id: string | null | undefined,
    @Arg('name', () => String, { nullable: true, description: 'Name of a skill.' })
    name: string | null | undefined,
    @Ctx() ctx: GraphqlContext,
  ): Promise<SkillType | null> {
    return findSkill(ctx, toKey(id, name));
  }

  @Query(() => [SkillType], { description: 'Skills, by name.' })
  async skills(
    @Args(() => SkillsArgs) args: SkillsArgs,
    @Ctx() ctx: GraphqlContext,
  ): Promise<SkillType[]> {
    return [...(await listSkills(ctx, args))];
  }

  @Mutation(() => UploadSkillResultType, {
    description:
      'Adds a skill, or gives the one of its name a new present version. BAD_USER_INPUT says what is wrong with the archive or its SKILL.md, and nothing is written.',
  })
  uploadSkill(
    @Arg('archive', () => String, {
      description:
        'A zip, tar or tar.gz archive in base64, with SKILL.md at its top or in its only folder. `POST /tools/skills` takes it as a file.',
    })
    archive: string,
    @Ctx() ctx: GraphqlContext,
  ): Promise<UploadSkillResultType> {
    return uploadSkill(ctx, { archive });
  }

  @Mutation(() => Boolean, {
    description:
      'Removes a skill with all its versions. NOT_FOUND when there is none with this id.',
  })
  removeSkill(
    @Arg('id', () => ID, { description: 'Id of a skill.' }) id: string,
    @Ctx() ctx: GraphqlContext,
  ): Promise<boolean> {
    return removeSkill(ctx, { id });
  }

  @FieldResolver(() => [String], {
    description: 'The tools that it is about, as it names them: `tool` or `provider:tool`.',
  })
  toolNames(@Root() { tools }: SkillRow): readonly string[] {
    return tools;
  }

  @FieldResolver(() => [ToolType], {
    description:
      'The tools that it names and that are offered now; a name that several have means all.',
  })
  async tools(@Root() skill: SkillRow, @Ctx() { loaders }: GraphqlContext): Promise<ToolRow[]> {
    return loaders.toolsOfSkills.load(skill);
  }

  @FieldResolver(() => [SkillType], {
    description: 'What it depends on, and what that depends on, as far as it is there.',
  })
  async dependencies(@Root() { name }: SkillRow, @Ctx() ctx: GraphqlContext): Promise<SkillType[]> {
    const all = await resolveSkills(ctx, { skills: [name], tools: [] });
    return all.filter((skill) => skill.name !== name);
  }

  @FieldResolver(() => String, { description: 'SKILL.md without its front matter.' })
  async content(@Root() { name }: SkillRow, @Ctx() ctx: GraphqlContext): Promise<string> {
    return (await readSkill(ctx, { name })).content;
  }

  @FieldResolver(() => [SkillFileType], { description: 'Its files, by path.' })
  async files(@Root() { name }: SkillRow, @Ctx() ctx: GraphqlContext): Promise<SkillFileType[]> {
    return (await readSkill(ctx, { name })).files;
  }

  @FieldResolver(() => SkillFileContentType, {
    description: 'What stands in one of its files. NOT_FOUND when it has none such.',
  })
  async file(
    @Root() { name }: SkillRow,
    @Arg('path', () => String, { description: 'Where it is in the folder of the skill.' })
    path: string,
    @Arg('contentHash', () => String, {
      nullable: true,
      description: 'Of which version; default: the present one.',
    })
    contentHash: string | null | undefined,
    @Ctx() ctx: GraphqlContext,
  ): Promise<SkillFileContentType> {
    return toSkillFileContent(await readSkillFile(ctx, { name, path, contentHash }));
  }

  @FieldResolver(() => [SkillVersionType], {
    description: 'What is kept of it, the newest upload first.',
  })
  versions(@Root() { id }: SkillRow, @Ctx() ctx: GraphqlContext): Promise<SkillVersionType[]> {
    return listSkillVersions(ctx, { id });
  }
}

@Resolver(() => AgentType)
export class AgentSkillsResolver {
  @FieldResolver(() => [SkillType], {
    description: 'The skills that its tools lead to, with what these depend on, by name.',
  })
  async skills(@Root() { id }: AgentType, @Ctx() ctx: GraphqlContext): Promise<SkillType[]> {
    return [...(await listSkills(ctx, { agentId: id }))];
  }
}

@Resolver(() => CatalogChangeType)
export class CatalogChangeSkillResolver {
  @FieldResolver(() => SkillType, {
    nullable: true,
    description: 'The skill that was written; null when it was none, or is gone.',
  })
  async skill(
    @Root() { skillId }: { skillId?: string | null },
    @Ctx() { loaders }: GraphqlContext,
  ): Promise<SkillType | null> {
    return skillId ? loaders.skills.load(skillId) : null;
  }
}

function toKey(id: string | null | undefined, name: string | null | undefined) {
  if (id && !name) return { id };
  if (name && !id) return { name };
  throw new AppError('INVALID_INPUT', 'skill: expected either the id or the name.');
}
