import { Field, Int, ObjectType } from 'type-graphql';
import type { ExportFormat } from '../../../agents/export/export-formats.js';
import { ExportFormatEnum } from '../enums/export-format.js';
import { JsonScalar, RevisionScalar } from '../scalars.js';

@ObjectType('ToolExportNote', {
  description: 'What of a tool is not as it was.',
  simpleResolvers: true,
})
export class ToolExportNoteType {
  @Field(() => String, { description: 'The name of the tool.' })
  tool!: string;

  @Field(() => String, { description: 'A sentence.' })
  message!: string;
}

@ObjectType('LeftOutTool', {
  description: 'A tool that a provider would not take.',
  simpleResolvers: true,
})
export class LeftOutToolType {
  @Field(() => String, { description: 'The name of the tool.' })
  tool!: string;

  @Field(() => String, { description: 'A sentence.' })
  reason!: string;
}

@ObjectType('ToolExport', {
  description:
    'The tools of an agent as a provider takes them, within its published limits. A tool is there, or left out with a reason.',
  simpleResolvers: true,
})
export class ToolExportType {
  @Field(() => ExportFormatEnum, { description: 'Whose request they are written for.' })
  format!: ExportFormat;

  @Field(() => RevisionScalar, { description: 'The catalog revision that they are of.' })
  revision!: string;

  @Field(() => JsonScalar, { description: 'The value of `tools` in the request.' })
  tools!: unknown;

  @Field(() => Int, { description: 'How many tools that are.' })
  toolCount!: number;

  @Field(() => [ToolExportNoteType], { description: 'What is not as it was.' })
  notes!: ToolExportNoteType[];

  @Field(() => [LeftOutToolType], { description: 'Tools that the provider would not take.' })
  leftOut!: LeftOutToolType[];
}
