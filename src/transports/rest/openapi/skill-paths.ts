import type { PathsObject, SchemaObject } from 'openapi3-ts/oas31';
import { skillOutcomes } from '../../../skills/write-skill.js';
import { describe, pathParameter, queryParameter } from './operation.js';
import {
  count,
  flag,
  id,
  instant,
  listOf,
  names,
  object,
  ref,
  text,
  textOrNull,
  texts,
} from './schema-parts.js';

const tag = 'Skills';
const skillName = pathParameter('name', 'The skill, by its name.');
const version = queryParameter('content_hash', 'One of its versions. Default: the present one.');

const skill = {
  id: id('The skill.'),
  name: text('Unique in the tenant.'),
  version: text('As its author calls it.'),
  description: text('What it is for.'),
  when_to_use: textOrNull('When an agent should read it.'),
  hint: textOrNull('A word on how to go about it.'),
  author: textOrNull('Who wrote it.'),
  license: textOrNull('Its licence.'),
  compatibility: textOrNull('What it needs around it.'),
  allowed_tools: textOrNull('Tools that may be used without asking, in the words of the author.'),
  tools: texts('Tools that it is about: `tool` or `provider:tool`.'),
  providers: texts('APIs and MCP servers that it is about.'),
  categories: texts('Tags of tools that it is about.'),
  keywords: texts('Words to find it by.'),
  depends_on: texts('Skills that are read with it.'),
  suggests: texts('Skills that may be of use beside it.'),
  content_hash: text('SHA-256 of the paths and contents of its files: names this version.'),
  file_count: count('How many files it has, SKILL.md among them.'),
  total_bytes: count('The bytes of all of them.'),
  created_at: instant('When it was first there.'),
  updated_at: instant('When this version became the present one.'),
};

export const skillSchemas: Record<string, SchemaObject> = {
  Skill: object(skill),
  SkillText: object({
    ...skill,
    content: text('SKILL.md without its front matter.'),
    files: listOf(
      object({ path: text('In the folder of the skill.'), bytes: count('How long it is.') }),
      'By path.',
    ),
  }),
  SkillUpload: object({
    outcome: names(skillOutcomes, 'unchanged: the same files as now, nothing was written.'),
    revision: text('The catalog revision afterwards.'),
    warnings: texts('What the author should know, a sentence each.'),
    skill: ref('Skill'),
  }),
  SkillVersion: object({
    content_hash: text('SHA-256 of the paths and contents of its files.'),
    version: text('As its author calls it.'),
    uploaded_at: instant('When it was uploaded last.'),
    file_count: count('How many files it has.'),
    total_bytes: count('The bytes of all of them.'),
    is_current: flag('It is the one that agents get.'),
  }),
  SkillFile: object({
    path: text('In the folder of the skill.'),
    encoding: { type: 'string', enum: ['utf-8', 'base64'], description: 'Of the content.' },
    content: text('The text, or bytes in base64.'),
  }),
};

export const skillPaths: PathsObject = {
  '/skills': {
    get: describe({
      id: 'listSkills',
      tag,
      summary: 'List the skills of the tenant',
      parameters: [
        queryParameter('search', 'Words to find; the best come first.'),
        queryParameter('tool', 'Only those that name this tool.'),
        queryParameter('provider', 'Only those that name this API or MCP server.'),
        queryParameter('category', 'Only those that name this tag.'),
        queryParameter('agent_id', 'Only those that the tools of this agent lead to.'),
      ],
      answer: { description: 'By name.', schema: listOf(ref('Skill')) },
    }),
    post: describe({
      id: 'uploadSkill',
      tag,
      summary: 'Add a skill, or bring it up to date',
      description:
        'SKILL.md stands at the top of the archive or in its only folder. An archive that is not as it should be is refused (422) and nothing is written; the same files as now write nothing.',
      body: {
        required: true,
        content: {
          'multipart/form-data': {
            schema: {
              type: 'object',
              properties: {
                file: {
                  type: 'string',
                  contentMediaType: 'application/octet-stream',
                  description: 'A zip, tar or tar.gz archive of at most 10 MiB.',
                },
              },
              required: ['file'],
            },
          },
        },
      },
      answer: { description: 'What was done.', schema: ref('SkillUpload') },
    }),
  },
  '/skills/{name}': {
    get: describe({
      id: 'readSkill',
      tag,
      summary: 'Read a skill',
      parameters: [skillName, version],
      answer: { description: 'Its text and the list of its files.', schema: ref('SkillText') },
      errors: [404],
    }),
    delete: describe({
      id: 'removeSkill',
      tag,
      summary: 'Remove a skill with all its versions',
      parameters: [skillName],
      errors: [404],
    }),
  },
  '/skills/{name}/versions': {
    get: describe({
      id: 'listSkillVersions',
      tag,
      summary: 'List what is kept of a skill',
      parameters: [skillName],
      answer: { description: 'The newest upload first.', schema: listOf(ref('SkillVersion')) },
      errors: [404],
    }),
  },
  '/skills/{name}/file': {
    get: describe({
      id: 'readSkillFile',
      tag,
      summary: 'Read a file of a skill',
      parameters: [
        skillName,
        { ...queryParameter('path', 'Where it is in the folder of the skill.'), required: true },
        version,
      ],
      answer: { description: 'The file.', schema: ref('SkillFile') },
      errors: [404],
    }),
  },
};
