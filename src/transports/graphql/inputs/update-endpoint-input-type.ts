import { Field, ID, InputType } from 'type-graphql';

@InputType('UpdateEndpointInput', {
  description: 'What is left out stays as it is. Edits survive every sync.',
})
export class UpdateEndpointInputType {
  @Field(() => ID, { description: 'The endpoint; NOT_FOUND if there is none.' })
  id!: string;

  @Field(() => String, {
    nullable: true,
    description:
      '1 to 64 letters, digits, `_` or `-`; CONFLICT when another endpoint of the API has it. Null goes back to the document’s name.',
  })
  name?: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'Null goes back to the document’s description.',
  })
  description?: string | null;

  @Field(() => Boolean, { nullable: true, description: 'Whether agents are offered it.' })
  enabled?: boolean | null;
}
