import { Field, ObjectType } from 'type-graphql';
import type { ToolGrade } from '../../../catalog/grade-tool-change.js';
import type { OperationChangeKind } from '../../../catalog/plan-changes.js';
import { OperationChangeKindEnum } from '../enums/operation-change-kind.js';
import { ToolGradeEnum } from '../enums/tool-grade.js';

@ObjectType('OperationChange', {
  description: 'What a sync does to one operation.',
  simpleResolvers: true,
})
export class OperationChangeType {
  @Field(() => OperationChangeKindEnum, { description: 'Added, changed, removed or renamed.' })
  kind!: OperationChangeKind;

  @Field(() => String, { description: 'Upper case.' })
  method!: string;

  @Field(() => String, { description: 'Path template as the document writes it.' })
  path!: string;

  @Field(() => String, {
    description: 'The tool name; the present one for a tool that is removed.',
  })
  name!: string;

  @Field(() => Boolean, {
    description: 'A call that worked before may fail, or its result may not be understood.',
  })
  breaking!: boolean;

  @Field(() => ToolGradeEnum, {
    description:
      'How much the change asks of those who use the tool, judged like one of an MCP tool.',
  })
  grade!: ToolGrade;

  @Field(() => [String], { description: 'What differs, a sentence each.' })
  reasons!: string[];
}
