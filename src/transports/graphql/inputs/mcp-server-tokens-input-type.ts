import { Field, InputType, Int } from 'type-graphql';

@InputType('McpServerTokensInput', {
  description:
    'Tokens in place of those that are stored; what is left out, or null, stays. Write-only.',
})
export class McpServerTokensInputType {
  @Field(() => String, { nullable: true, description: 'Bearer token.' })
  accessToken?: string | null;

  @Field(() => String, { nullable: true, description: 'Renews the access token.' })
  refreshToken?: string | null;

  @Field(() => Int, {
    nullable: true,
    description: 'How long the access token is good from now on.',
  })
  expiresInSeconds?: number | null;
}
