import { Field, ID, Int, ObjectType } from 'type-graphql';
import type { CallOutcome } from '../../../calls/call-types.js';
import { CallOutcomeEnum } from '../enums/call-outcome.js';
import { DateTimeScalar, JsonScalar } from '../scalars.js';
import { CallErrorType } from './call-error-type.js';
import { RequestPreviewType } from './request-preview-type.js';

@ObjectType('CallRecord', {
  description: 'One call that was made. Written once, never altered; secrets are redacted.',
  simpleResolvers: true,
})
export class CallRecordType {
  @Field(() => ID, { description: 'The `callId` of its result.' })
  id!: string;

  @Field(() => String, { nullable: true, description: 'The application that asked.' })
  appId?: string | null;

  @Field(() => ID, { nullable: true, description: 'The agent; null for a test by a person.' })
  agentId?: string | null;

  @Field(() => String, { nullable: true, description: 'Who the token said it was.' })
  subject?: string | null;

  @Field(() => ID, {
    nullable: true,
    description: 'The API, whether it is still there or not; null for a tool of an MCP server.',
  })
  apiId?: string | null;

  @Field(() => ID, {
    nullable: true,
    description: 'The MCP server, whether it is still there or not; null for an endpoint.',
  })
  mcpServerId?: string | null;

  @Field(() => ID, {
    description: 'The endpoint, or the tool of an MCP server, whether it is still there or not.',
  })
  endpointId!: string;

  @Field(() => String, { description: 'The name under which it was called.' })
  toolName!: string;

  @Field(() => String, {
    description: 'HTTP method, upper case; `tools/call` for a tool of an MCP server.',
  })
  method!: string;

  @Field(() => String, { nullable: true, description: 'As the caller gave it.' })
  idempotencyKey?: string | null;

  @Field(() => ID, {
    nullable: true,
    description: 'The job that called, as the token of an ATI client says.',
  })
  jobId?: string | null;

  @Field(() => ID, {
    nullable: true,
    description: 'The sandbox that called, as the token of an ATI client says.',
  })
  sandboxId?: string | null;

  @Field(() => JsonScalar, {
    nullable: true,
    description: 'The arguments, redacted; long texts are cut.',
  })
  arguments?: unknown;

  @Field(() => RequestPreviewType, { nullable: true, description: 'What was sent.' })
  request?: RequestPreviewType | null;

  @Field(() => CallOutcomeEnum, { description: 'What it came to.' })
  outcome!: CallOutcome;

  @Field(() => Int, { nullable: true, description: 'HTTP status of the upstream.' })
  status?: number | null;

  @Field(() => CallErrorType, { nullable: true, description: 'Null when the outcome is OK.' })
  error?: CallErrorType | null;

  @Field(() => Int, { description: 'Milliseconds that it took, retries included.' })
  durationMs!: number;

  @Field(() => Int, { description: 'How often the request was sent, or tried to be.' })
  attempts!: number;

  @Field(() => DateTimeScalar, { description: 'When it was asked for.' })
  startedAt!: Date;

  @Field(() => DateTimeScalar, { description: 'When its outcome stood.' })
  finishedAt!: Date;
}
