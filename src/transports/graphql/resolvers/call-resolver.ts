import { Arg, Args, Ctx, ID, Mutation, Query, Resolver } from 'type-graphql';
import { callTool } from '../../../calls/call-tool.js';
import { listCalls } from '../../../calls/list-calls.js';
import { testEndpoint } from '../../../calls/test-endpoint.js';
import { CallToolArgs } from '../args/call-tool-args.js';
import { CallsArgs } from '../args/calls-args.js';
import type { GraphqlContext } from '../graphql-context.js';
import { JsonScalar } from '../scalars.js';
import { toConnection } from '../to-connection.js';
import { CallRecordConnectionType } from '../types/call-record-connection-type.js';
import { CallResultType } from '../types/call-result-type.js';

@Resolver()
export class CallResolver {
  @Query(() => CallRecordConnectionType, {
    description: 'Calls that were made, the newest first. Kept as long as the server is told to.',
  })
  async calls(
    @Args(() => CallsArgs) args: CallsArgs,
    @Ctx() ctx: GraphqlContext,
  ): Promise<CallRecordConnectionType> {
    return toConnection(await listCalls(ctx, args));
  }

  @Mutation(() => CallResultType, {
    description:
      'Calls a tool of an agent: exactly those that the agent is offered. NOT_FOUND for another name; BAD_USER_INPUT for arguments that do not fit, and for a local tool, which the agent executes itself; NOT_CONFIGURED for a missing credential. Nothing ran then.',
  })
  callTool(
    @Args(() => CallToolArgs) args: CallToolArgs,
    @Ctx() ctx: GraphqlContext,
  ): Promise<CallResultType> {
    return callTool(ctx, args);
  }

  @Mutation(() => CallResultType, {
    description:
      'Calls an endpoint to try it, assigned or not, enabled or not. NOT_FOUND when there is none with this id; else as `callTool`.',
  })
  testEndpoint(
    @Arg('id', () => ID, { description: 'Id of an endpoint.' }) id: string,
    @Arg('arguments', () => JsonScalar, {
      nullable: true,
      description: 'An object that fits its input schema. Default: no arguments.',
    })
    args: unknown,
    @Ctx() ctx: GraphqlContext,
  ): Promise<CallResultType> {
    return testEndpoint(ctx, { id, arguments: args });
  }
}
