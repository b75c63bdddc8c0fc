import { Field, ObjectType } from 'type-graphql';

@ObjectType('SecurityScheme', {
  description: 'How the API wants its callers to prove who they are, as its document says.',
  simpleResolvers: true,
})
export class SecuritySchemeType {
  @Field(() => String, { description: 'Name in the document, for `setApiCredential`.' })
  name!: string;

  @Field(() => String, {
    description: '`apiKey`, `http`, `oauth2`, `openIdConnect` or `mutualTLS`.',
  })
  type!: string;

  @Field(() => String, {
    nullable: true,
    description:
      'Of an API key `header`, `query` or `cookie`; of HTTP `basic`, `bearer` and the like; else null.',
  })
  where?: string | null;

  @Field(() => Boolean, { description: 'Whether a credential is stored. It is never shown.' })
  hasCredential!: boolean;
}
