import { Field, Int, ObjectType } from 'type-graphql';
import { ApiEdgeType } from './api-edge-type.js';
import { ApiType } from './api-type.js';
import { PageInfoType } from './page-info-type.js';

@ObjectType('ApiConnection', { description: 'APIs, by name.', simpleResolvers: true })
export class ApiConnectionType {
  @Field(() => [ApiEdgeType], { description: 'The items with their cursors.' })
  edges!: ApiEdgeType[];

  @Field(() => [ApiType], { description: 'The items alone.' })
  nodes!: ApiType[];

  @Field(() => PageInfoType, { description: 'Where the page stands in the list.' })
  pageInfo!: PageInfoType;

  @Field(() => Int, { description: 'How many items the whole list has.' })
  totalCount!: number;
}
