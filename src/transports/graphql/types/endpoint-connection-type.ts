import { Field, Int, ObjectType } from 'type-graphql';
import { EndpointEdgeType } from './endpoint-edge-type.js';
import { EndpointType } from './endpoint-type.js';
import { PageInfoType } from './page-info-type.js';

@ObjectType('EndpointConnection', {
  description: 'Endpoints, in the order of their document.',
  simpleResolvers: true,
})
export class EndpointConnectionType {
  @Field(() => [EndpointEdgeType], { description: 'The items with their cursors.' })
  edges!: EndpointEdgeType[];

  @Field(() => [EndpointType], { description: 'The items alone.' })
  nodes!: EndpointType[];

  @Field(() => PageInfoType, { description: 'Where the page stands in the list.' })
  pageInfo!: PageInfoType;

  @Field(() => Int, { description: 'How many items the whole list has.' })
  totalCount!: number;
}
