import { Field, ObjectType } from 'type-graphql';
import { JsonScalar } from '../scalars.js';
import { ParameterPreviewType } from './parameter-preview-type.js';

@ObjectType('ToolPreview', {
  description: 'A tool that a document would give.',
  simpleResolvers: true,
})
export class ToolPreviewType {
  @Field(() => String, { description: 'The tool name that it would have.' })
  name!: string;

  @Field(() => String, { description: 'Upper case.' })
  method!: string;

  @Field(() => String, { description: 'Path template as the document writes it.' })
  path!: string;

  @Field(() => String, { nullable: true, description: 'What it does, for the model.' })
  description?: string | null;

  @Field(() => [String], { description: 'Tags of the operation, in the order of the document.' })
  tags!: string[];

  @Field(() => Boolean, { description: 'The document advises against using it.' })
  deprecated!: boolean;

  @Field(() => [ParameterPreviewType], { description: 'Its inputs, in the order of the document.' })
  parameters!: ParameterPreviewType[];

  @Field(() => JsonScalar, {
    description: 'JSON Schema 2020-12 of the arguments; its root has `type: object`.',
  })
  inputSchema!: unknown;

  @Field(() => JsonScalar, {
    nullable: true,
    description: 'JSON Schema 2020-12 of a successful result; null where it is not known.',
  })
  outputSchema?: unknown;
}
