import { Directive, Field, ID, ObjectType } from 'type-graphql';
import type { ParameterLocation } from '../../../openapi/types.js';
import { ParameterLocationEnum } from '../enums/parameter-location.js';
import { JsonScalar } from '../scalars.js';

@Directive('@key(fields: "id")')
@ObjectType('Parameter', {
  description: 'One input of an endpoint: a parameter, or a property of its body.',
  simpleResolvers: true,
})
export class ParameterType {
  @Field(() => ID, { description: 'A UUID.' })
  id!: string;

  @Field(() => String, { description: 'The name on the wire.' })
  name!: string;

  @Field(() => String, {
    description:
      'The property of the endpoint’s input schema that carries it: `name`, unless inputs of several places share that.',
  })
  argument!: string;

  @Field(() => String, {
    description: 'JSON type: `string`, `integer`, `number`, `boolean`, `array`, `object` or `any`.',
  })
  type!: string;

  @Field(() => ParameterLocationEnum, { description: 'Where it goes in the request.' })
  location!: ParameterLocation;

  @Field(() => Boolean, { description: 'The endpoint cannot be called without it.' })
  required!: boolean;

  @Field(() => Boolean, { description: 'It is a part of the path.' })
  inPath!: boolean;

  @Field(() => Boolean, { description: 'It goes into the query string.' })
  inQuery!: boolean;

  @Field(() => Boolean, { description: 'It is a part of the body, or the whole of it.' })
  inBody!: boolean;

  @Field(() => String, {
    nullable: true,
    description: 'What the server assumes without it; a value that is no string stands as JSON.',
  })
  defaultValue?: string | null;

  @Field(() => String, { nullable: true, description: 'What it means, for the model.' })
  description?: string | null;

  @Field(() => JsonScalar, { description: 'JSON Schema 2020-12 of its value.' })
  schema!: unknown;
}
