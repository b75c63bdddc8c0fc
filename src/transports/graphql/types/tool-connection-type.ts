import { Field, Int, ObjectType } from 'type-graphql';
import { PageInfoType } from './page-info-type.js';
import { ToolEdgeType } from './tool-edge-type.js';
import { type ToolRow, ToolType } from './tool-type.js';

@ObjectType('ToolConnection', {
  description: 'Tools, those assigned first at the front.',
  simpleResolvers: true,
})
export class ToolConnectionType {
  @Field(() => [ToolEdgeType], { description: 'The items with their cursors.' })
  edges!: ToolEdgeType[];

  @Field(() => [ToolType], { description: 'The items alone.' })
  nodes!: ToolRow[];

  @Field(() => PageInfoType, { description: 'Where the page stands in the list.' })
  pageInfo!: PageInfoType;

  @Field(() => Int, { description: 'How many items the whole list has.' })
  totalCount!: number;
}
