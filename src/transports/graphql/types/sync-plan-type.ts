import { Field, ObjectType } from 'type-graphql';
import type { SyncOutcome } from '../../../catalog/sync-input.js';
import { SyncOutcomeEnum } from '../enums/sync-outcome.js';
import { OperationChangeType } from './operation-change-type.js';

@ObjectType('SyncPlan', {
  description: 'What a sync would do. Nothing is stored.',
  simpleResolvers: true,
})
export class SyncPlanType {
  @Field(() => SyncOutcomeEnum, { description: 'What the sync would answer.' })
  outcome!: SyncOutcome;

  @Field(() => Boolean, {
    description: 'The sync would answer with a conflict under the strategy that was asked for.',
  })
  blocked!: boolean;

  @Field(() => [OperationChangeType], { description: 'Operation by operation.' })
  changes!: OperationChangeType[];
}
