import { Field, ObjectType } from 'type-graphql';
import { JsonScalar } from '../scalars.js';

@ObjectType('RequestPreview', {
  description: 'The HTTP request of a call, for people. Secrets are redacted.',
  simpleResolvers: true,
})
export class RequestPreviewType {
  @Field(() => String, { description: 'Upper case.' })
  method!: string;

  @Field(() => String, { description: 'Absolute, with its query.' })
  url!: string;

  @Field(() => JsonScalar, { description: 'Header names with their values.' })
  headers!: Record<string, string>;

  @Field(() => String, {
    nullable: true,
    description: 'The body as text, or what it is where it is not text; null without one.',
  })
  body?: string | null;

  @Field(() => String, { description: 'A `curl` command that sends the same.' })
  curl!: string;
}
