import { Field, ObjectType } from 'type-graphql';
import { EndpointType } from './endpoint-type.js';

@ObjectType('EndpointEdge', { description: 'One place in a list.', simpleResolvers: true })
export class EndpointEdgeType {
  @Field(() => String, { description: 'Opaque; as `after` it continues behind this item.' })
  cursor!: string;

  @Field(() => EndpointType, { description: 'What stands there.' })
  node!: EndpointType;
}
