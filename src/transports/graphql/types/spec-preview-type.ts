import { Field, Int, ObjectType } from 'type-graphql';
import { ScoreDeductionType } from './score-deduction-type.js';
import { SkippedOperationType } from './skipped-operation-type.js';
import { SpecProblemType } from './spec-problem-type.js';
import { ToolPreviewType } from './tool-preview-type.js';

@ObjectType('SpecPreview', {
  description: 'What a document would give. Nothing is stored.',
  simpleResolvers: true,
})
export class SpecPreviewType {
  @Field(() => Boolean, {
    description: 'False when nothing can be read from the document at all; `warnings` says why.',
  })
  valid!: boolean;

  @Field(() => String, {
    nullable: true,
    description: 'As the document writes it; null where it does not say.',
  })
  specVersion?: string | null;

  @Field(() => String, { nullable: true, description: 'Title that the document gives itself.' })
  title?: string | null;

  @Field(() => [ToolPreviewType], { description: 'One tool per operation that can be called.' })
  tools!: ToolPreviewType[];

  @Field(() => [SpecProblemType], {
    name: 'warnings',
    simple: false,
    description: 'Every finding, errors among them.',
  })
  problems!: SpecProblemType[];

  @Field(() => [SkippedOperationType], {
    description: 'Operations that would not become a tool.',
  })
  skippedOperations!: SkippedOperationType[];

  @Field(() => Int, { description: '0 to 100, as on `Api`.' })
  compatibilityScore!: number;

  @Field(() => [ScoreDeductionType], { description: 'What was taken off the score, and why.' })
  deductions!: ScoreDeductionType[];
}
