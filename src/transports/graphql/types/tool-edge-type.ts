import { Field, ObjectType } from 'type-graphql';
import { type ToolRow, ToolType } from './tool-type.js';

@ObjectType('ToolEdge', { description: 'One place in a list.', simpleResolvers: true })
export class ToolEdgeType {
  @Field(() => String, { description: 'Opaque; as `after` it continues behind this item.' })
  cursor!: string;

  @Field(() => ToolType, { description: 'What stands there.' })
  node!: ToolRow;
}
