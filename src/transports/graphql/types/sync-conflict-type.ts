import { Field, ObjectType } from 'type-graphql';
import { OperationChangeType } from './operation-change-type.js';

@ObjectType('SyncConflict', {
  description: 'The document has changed, and agents use its endpoints: nothing was written.',
  simpleResolvers: true,
})
export class SyncConflictType {
  @Field(() => String, { description: 'What stands in the way, naming the agents.' })
  message!: string;

  @Field(() => [OperationChangeType], { description: 'What the sync would do.' })
  changes!: OperationChangeType[];
}
