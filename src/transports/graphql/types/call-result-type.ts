import { Field, ID, Int, ObjectType } from 'type-graphql';
import type { CallOutcome } from '../../../calls/call-types.js';
import { CallOutcomeEnum } from '../enums/call-outcome.js';
import { JsonScalar } from '../scalars.js';
import { CallErrorType } from './call-error-type.js';
import { RequestPreviewType } from './request-preview-type.js';

@ObjectType('CallResult', {
  description: 'What a call came to. Whatever the upstream does is a result, not an error.',
  simpleResolvers: true,
})
export class CallResultType {
  @Field(() => ID, { description: 'The id of its record.' })
  callId!: string;

  @Field(() => CallOutcomeEnum, { description: 'Told by type and status alone.' })
  outcome!: CallOutcome;

  @Field(() => JsonScalar, {
    nullable: true,
    description:
      'The answer, of a failed call too. Of an endpoint: JSON as it is, text as a string, binary as `{ mediaType, base64 }`, nothing as null. Of a tool of an MCP server: `{ content, structuredContent, isError }` as the server sent it.',
  })
  result?: unknown;

  @Field(() => CallErrorType, { nullable: true, description: 'Null when the outcome is OK.' })
  error?: CallErrorType | null;

  @Field(() => Int, {
    nullable: true,
    description: 'HTTP status of the upstream; null when it did not answer.',
  })
  status?: number | null;

  @Field(() => Int, { description: 'Milliseconds that the upstream took, retries included.' })
  durationMs!: number;

  @Field(() => RequestPreviewType, { nullable: true, description: 'What was sent.' })
  request?: RequestPreviewType | null;

  @Field(() => Boolean, {
    description: 'The answer is that of an equal call with the same idempotency key.',
  })
  replayed!: boolean;
}
