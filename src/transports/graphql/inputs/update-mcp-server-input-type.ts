import { Field, ID, InputType, Int } from 'type-graphql';

@InputType('UpdateMcpServerInput', { description: 'What is left out, or null, stays as it is.' })
export class UpdateMcpServerInputType {
  @Field(() => ID, { description: 'The server; NOT_FOUND if there is none.' })
  id!: string;

  @Field(() => String, {
    nullable: true,
    description: 'A name for people, without "/"; CONFLICT when another has it.',
  })
  name?: string | null;

  @Field(() => Int, { nullable: true, description: 'For one request to the server, 1 to 600.' })
  timeoutSeconds?: number | null;

  @Field(() => [String], {
    nullable: true,
    description:
      'URLs that a caller of the ATI proxy may have one call sent to (`X-Ati-Upstream-Url`): scheme, port and path as written, `*` within a label of the host. With an empty list none.',
  })
  upstreamUrls?: string[] | null;
}
