import { Directive, Field, ID, Int, ObjectType } from 'type-graphql';
import { DateTimeScalar } from '../scalars.js';

@Directive('@key(fields: "id")')
@ObjectType('Skill', {
  description:
    'Instructions for agents, with the files that go with them, bound to the tools that they are about.',
  simpleResolvers: true,
})
export class SkillType {
  @Field(() => ID, { description: 'A UUID.' })
  id!: string;

  @Field(() => String, { description: 'Unique in the tenant.' })
  name!: string;

  @Field(() => String, {
    description: 'As its author calls it; `0.1.0` where the author does not.',
  })
  version!: string;

  @Field(() => String, { description: 'What it is for.' })
  description!: string;

  @Field(() => String, { nullable: true, description: 'When an agent should read it.' })
  whenToUse?: string | null;

  @Field(() => String, { nullable: true, description: 'A word on how to go about it.' })
  hint?: string | null;

  @Field(() => String, { nullable: true, description: 'Who wrote it.' })
  author?: string | null;

  @Field(() => String, { nullable: true, description: 'Its licence.' })
  license?: string | null;

  @Field(() => String, { nullable: true, description: 'What it needs around it.' })
  compatibility?: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'Tools that may be used without asking, in the words of the author.',
  })
  allowedTools?: string | null;

  @Field(() => [String], { description: 'APIs and MCP servers that it is about.' })
  providers!: readonly string[];

  @Field(() => [String], { description: 'Tags of tools that it is about.' })
  categories!: readonly string[];

  @Field(() => [String], { description: 'Words to find it by.' })
  keywords!: readonly string[];

  @Field(() => [String], { description: 'Names of skills that are read with it.' })
  dependsOn!: readonly string[];

  @Field(() => [String], { description: 'Names of skills that may be of use beside it.' })
  suggests!: readonly string[];

  @Field(() => String, {
    description: 'SHA-256, hex, of the paths and contents of its files: names this version.',
  })
  contentHash!: string;

  @Field(() => Int, { description: 'How many files it has, SKILL.md among them.' })
  fileCount!: number;

  @Field(() => Int, { description: 'The bytes of all of them.' })
  totalBytes!: number;

  @Field(() => DateTimeScalar, { description: 'When it was first there.' })
  createdAt!: Date;

  @Field(() => DateTimeScalar, { description: 'When this version became the present one.' })
  updatedAt!: Date;
}
