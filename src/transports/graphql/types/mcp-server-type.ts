import { Directive, Field, ID, Int, ObjectType } from 'type-graphql';
import type { McpServerStatus } from '../../../mcp-servers/mcp-server.entity.js';
import { McpServerStatusEnum } from '../enums/mcp-server-status.js';
import { DateTimeScalar } from '../scalars.js';
import { McpToolProblemType } from './mcp-tool-problem-type.js';

@Directive('@key(fields: "id")')
@ObjectType('McpServer', {
  description: 'An MCP server whose tools agents can be assigned. Its secrets are write-only.',
  simpleResolvers: true,
})
export class McpServerType {
  @Field(() => ID, { description: 'A UUID.' })
  id!: string;

  @Field(() => String, { description: 'The application that the server belongs to.' })
  appId!: string;

  @Field(() => String, { description: 'A name for people; unique within the tenant.' })
  name!: string;

  @Field(() => String, { description: 'Where it is reached.' })
  serverUrl!: string;

  @Field(() => String, {
    nullable: true,
    description: 'What it was found to speak: `STREAMABLE_HTTP` or `SSE`; null before it answered.',
  })
  transport?: string | null;

  @Field(() => String, { nullable: true, description: 'OAuth client id.' })
  clientId?: string | null;

  @Field(() => String, { nullable: true, description: 'Where tokens are renewed.' })
  tokenUrl?: string | null;

  @Field(() => String, { nullable: true, description: 'OAuth scopes, with spaces between.' })
  scope?: string | null;

  @Field(() => Int, { description: 'For one request to the server.' })
  timeoutSeconds!: number;

  @Field(() => [String], {
    nullable: true,
    description:
      'URLs that a caller of the ATI proxy may have one call sent to; null: nothing was set.',
  })
  upstreamUrls?: string[] | null;

  @Field(() => Boolean, { description: 'Whether its tools are offered.' })
  isActive!: boolean;

  @Field(() => Boolean, { description: 'Whether an access token is stored.' })
  hasAccessToken!: boolean;

  @Field(() => Boolean, { description: 'Whether a refresh token is stored.' })
  hasRefreshToken!: boolean;

  @Field(() => DateTimeScalar, {
    nullable: true,
    description: 'When the access token ends; null where nobody said.',
  })
  tokenExpiresAt?: Date | null;

  @Field(() => McpServerStatusEnum, { description: 'How it does.' })
  status!: McpServerStatus;

  @Field(() => String, { nullable: true, description: 'What was wrong when it was asked last.' })
  statusMessage?: string | null;

  @Field(() => DateTimeScalar, { nullable: true, description: 'When it told its tools last.' })
  listedAt?: Date | null;

  @Field(() => [McpToolProblemType], { description: 'Tools that could not be taken.' })
  problems!: McpToolProblemType[];

  @Field(() => DateTimeScalar, { description: 'When it was registered.' })
  createdAt!: Date;
}
