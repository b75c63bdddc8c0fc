import { Field, ObjectType } from 'type-graphql';
import type { ParameterLocation } from '../../../openapi/types.js';
import { ParameterLocationEnum } from '../enums/parameter-location.js';
import { JsonScalar } from '../scalars.js';

@ObjectType('ParameterPreview', {
  description: 'One input that a tool would have.',
  simpleResolvers: true,
})
export class ParameterPreviewType {
  @Field(() => String, { description: 'The name on the wire.' })
  name!: string;

  @Field(() => String, { description: 'The property of the input schema that carries it.' })
  argument!: string;

  @Field(() => String, {
    description: 'JSON type: `string`, `integer`, `number`, `boolean`, `array`, `object` or `any`.',
  })
  type!: string;

  @Field(() => ParameterLocationEnum, { description: 'Where it goes in the request.' })
  location!: ParameterLocation;

  @Field(() => Boolean, { description: 'The tool cannot be called without it.' })
  required!: boolean;

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
