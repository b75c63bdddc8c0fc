import { Field, ID, InputType } from 'type-graphql';
import { JsonScalar } from '../scalars.js';

@InputType('UpdateApiInput', { description: 'What is left out, or null, stays as it is.' })
export class UpdateApiInputType {
  @Field(() => ID, { description: 'The API; NOT_FOUND if there is none.' })
  id!: string;

  @Field(() => String, {
    nullable: true,
    description: 'A name for people; CONFLICT when another API of the application has it.',
  })
  name?: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'Absolute URL that paths start from. Survives every sync.',
  })
  baseUrl?: string | null;

  @Field(() => JsonScalar, {
    nullable: true,
    description:
      'Auth headers for calls, name to value, in place of those stored. Sealed and never shown again; `{}` removes them.',
  })
  headers?: Record<string, string> | null;
}
