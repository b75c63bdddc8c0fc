import { Field, InputType, Int } from 'type-graphql';

@InputType('RegisterMcpServerInput', {
  description:
    'An MCP server, and what it is authorized with. Secrets are sealed and never shown again.',
})
export class RegisterMcpServerInputType {
  @Field(() => String, {
    description:
      'Absolute http or https URL of its endpoint: Streamable HTTP, or the older transport with SSE.',
  })
  serverUrl!: string;

  @Field(() => String, {
    nullable: true,
    description:
      'A name for people, without "/"; CONFLICT when another has it. Default: the host of the URL.',
  })
  name?: string | null;

  @Field(() => String, { nullable: true, description: 'Bearer token. Write-only.' })
  accessToken?: string | null;

  @Field(() => String, { nullable: true, description: 'Renews the access token. Write-only.' })
  refreshToken?: string | null;

  @Field(() => String, { nullable: true, description: 'OAuth client id.' })
  clientId?: string | null;

  @Field(() => String, { nullable: true, description: 'OAuth client secret. Write-only.' })
  clientSecret?: string | null;

  @Field(() => String, {
    nullable: true,
    description:
      'Where tokens are renewed. Default: what the server says of its authorization server.',
  })
  tokenUrl?: string | null;

  @Field(() => String, { nullable: true, description: 'OAuth scopes, with spaces between.' })
  scope?: string | null;

  @Field(() => Int, {
    nullable: true,
    description: 'For one request to the server, 1 to 600. Default: 30.',
  })
  timeoutSeconds?: number | null;
}
