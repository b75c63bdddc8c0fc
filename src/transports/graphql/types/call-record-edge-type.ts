import { Field, ObjectType } from 'type-graphql';
import { CallRecordType } from './call-record-type.js';

@ObjectType('CallRecordEdge', { description: 'One place in a list.', simpleResolvers: true })
export class CallRecordEdgeType {
  @Field(() => String, { description: 'Opaque; as `after` it continues behind this item.' })
  cursor!: string;

  @Field(() => CallRecordType, { description: 'What stands there.' })
  node!: CallRecordType;
}
