import { Field, ObjectType } from 'type-graphql';

@ObjectType('SkippedOperation', {
  description: 'An operation of a document that did not become a tool.',
  simpleResolvers: true,
})
export class SkippedOperationType {
  @Field(() => String, { description: 'Upper case.' })
  method!: string;

  @Field(() => String, { description: 'Path template as the document writes it.' })
  path!: string;

  @Field(() => String, { description: 'A code for programs.' })
  reason!: string;

  @Field(() => String, { description: 'A sentence for people.' })
  message!: string;

  @Field(() => String, { description: 'JSON pointer (RFC 6901) of the operation.' })
  pointer!: string;
}
