import { Field, ObjectType } from 'type-graphql';
import { ApiType } from './api-type.js';

@ObjectType('ApiEdge', { description: 'One place in a list.', simpleResolvers: true })
export class ApiEdgeType {
  @Field(() => String, { description: 'Opaque; as `after` it continues behind this item.' })
  cursor!: string;

  @Field(() => ApiType, { description: 'What stands there.' })
  node!: ApiType;
}
