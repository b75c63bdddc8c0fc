import { Field, InputType } from 'type-graphql';
import { JsonScalar } from '../scalars.js';

@InputType('SpecSourceInput', {
  description: 'Where a document comes from: exactly one of the three.',
})
export class SpecSourceInputType {
  @Field(() => String, {
    nullable: true,
    description:
      'http or https; fetched by the server, and relative `$ref`s are followed from there.',
  })
  url?: string | null;

  @Field(() => JsonScalar, {
    nullable: true,
    description: 'The document itself, as a JSON object.',
  })
  document?: unknown;

  @Field(() => String, { nullable: true, description: 'The document as JSON or YAML text.' })
  text?: string | null;
}
