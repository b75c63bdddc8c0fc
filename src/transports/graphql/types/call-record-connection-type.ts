import { Field, Int, ObjectType } from 'type-graphql';
import { CallRecordEdgeType } from './call-record-edge-type.js';
import { CallRecordType } from './call-record-type.js';
import { PageInfoType } from './page-info-type.js';

@ObjectType('CallRecordConnection', {
  description: 'Calls, the newest first.',
  simpleResolvers: true,
})
export class CallRecordConnectionType {
  @Field(() => [CallRecordEdgeType], { description: 'The items with their cursors.' })
  edges!: CallRecordEdgeType[];

  @Field(() => [CallRecordType], { description: 'The items alone.' })
  nodes!: CallRecordType[];

  @Field(() => PageInfoType, { description: 'Where the page stands in the list.' })
  pageInfo!: PageInfoType;

  @Field(() => Int, { description: 'How many items the whole list has.' })
  totalCount!: number;
}
