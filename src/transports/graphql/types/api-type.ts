import { Directive, Field, ID, Int, ObjectType } from 'type-graphql';
import { DateTimeScalar } from '../scalars.js';
import { ScoreDeductionType } from './score-deduction-type.js';
import { SkippedOperationType } from './skipped-operation-type.js';
import { SpecProblemType } from './spec-problem-type.js';

@Directive('@key(fields: "id")')
@ObjectType('Api', {
  description: 'A synced OpenAPI or Swagger document: one set of endpoints.',
  simpleResolvers: true,
})
export class ApiType {
  @Field(() => ID, { description: 'A UUID. Stays the same over every sync.' })
  id!: string;

  @Field(() => String, { description: 'The application that the API belongs to.' })
  appId!: string;

  @Field(() => String, { description: 'A name for people; unique within the application.' })
  name!: string;

  @Field(() => String, { description: 'Absolute URL that the paths of the endpoints start from.' })
  baseUrl!: string;

  @Field(() => String, {
    nullable: true,
    description: 'Where the document was fetched from; null for one that was sent in.',
  })
  swaggerUrl?: string | null;

  @Field(() => [String], {
    description: 'Names of the stored auth headers; values are write-only.',
  })
  headerNames!: string[];

  @Field(() => String, {
    description: 'SHA-256, hex, of the document that was synced last, as received.',
  })
  contentHash!: string;

  @Field(() => String, {
    description: 'OpenAPI or Swagger version as the document writes it: `2.0`, `3.1.0`, ….',
  })
  specVersion!: string;

  @Field(() => String, { nullable: true, description: 'Title that the document gives itself.' })
  title?: string | null;

  @Field(() => Int, {
    description:
      '0 to 100. 100: every operation is callable without a degradation. The deductions add up to what is missing.',
  })
  compatibilityScore!: number;

  @Field(() => [ScoreDeductionType], { description: 'What was taken off the score, and why.' })
  deductions!: ScoreDeductionType[];

  @Field(() => [SkippedOperationType], {
    description: 'Operations of the document that did not become an endpoint.',
  })
  skippedOperations!: SkippedOperationType[];

  @Field(() => [SpecProblemType], { description: 'Findings of the last sync.' })
  problems!: SpecProblemType[];

  @Field(() => DateTimeScalar, { description: 'When the API was added.' })
  createdAt!: Date;

  @Field(() => DateTimeScalar, { description: 'When its document was last applied.' })
  syncedAt!: Date;
}
