import { Field, ID, InputType } from 'type-graphql';

@InputType('SetApiCredentialInput', {
  description:
    'A credential of one security scheme. Which fields it takes depends on the scheme; it replaces what was stored.',
})
export class SetApiCredentialInputType {
  @Field(() => ID, { description: 'The API; NOT_FOUND if there is none.' })
  apiId!: string;

  @Field(() => String, { description: 'Name of a security scheme of its document.' })
  scheme!: string;

  @Field(() => String, {
    nullable: true,
    description: 'An API key; a bearer token; for OAuth2 a token instead of a client.',
  })
  value?: string | null;

  @Field(() => String, { nullable: true, description: 'For HTTP basic.' })
  username?: string | null;

  @Field(() => String, { nullable: true, description: 'For HTTP basic; may be empty.' })
  password?: string | null;

  @Field(() => String, { nullable: true, description: 'For OAuth2 client credentials.' })
  clientId?: string | null;

  @Field(() => String, { nullable: true, description: 'For OAuth2 client credentials.' })
  clientSecret?: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'For OAuth2: where tokens come from. Default: as the document says now.',
  })
  tokenUrl?: string | null;

  @Field(() => [String], {
    nullable: true,
    description: 'For OAuth2: asked for instead of the scopes that an operation names.',
  })
  scopes?: string[] | null;
}
