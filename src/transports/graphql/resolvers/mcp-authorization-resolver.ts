import { Arg, Ctx, ID, Mutation, Resolver } from 'type-graphql';
import { getMcpServer } from '../../../mcp-servers/get-mcp-server.js';
import { beginMcpAuthorization } from '../../../mcp-servers/oauth/begin-mcp-authorization.js';
import { finishMcpAuthorization } from '../../../mcp-servers/oauth/finish-mcp-authorization.js';
import type { GraphqlContext } from '../graphql-context.js';
import { McpAuthorizationType } from '../types/mcp-authorization-type.js';
import { McpServerType } from '../types/mcp-server-type.js';

@Resolver()
export class McpAuthorizationResolver {
  @Mutation(() => McpAuthorizationType, {
    description:
      'Starts the authorization of an MCP server by a person: send them to the `url`. NOT_FOUND when there is no such server, NOT_CONFIGURED without MCP_PUBLIC_URL and `redirectUri`, or where the authorization server takes no client of ours.',
  })
  beginMcpAuthorization(
    @Arg('id', () => ID, { description: 'Id of an MCP server.' }) id: string,
    @Arg('redirectUri', () => String, {
      nullable: true,
      description:
        'Where the person comes back to, https or a loopback host; whoever is there passes what came to `finishMcpAuthorization`. Default: our own callback, which finishes by itself.',
    })
    redirectUri: string | null | undefined,
    @Ctx() ctx: GraphqlContext,
  ): Promise<McpAuthorizationType> {
    return beginMcpAuthorization(ctx, { id, redirectUri });
  }

  @Mutation(() => McpServerType, {
    description:
      'Finishes an authorization that was begun with a `redirectUri`, with the parameters that came there. Works once. NOT_FOUND for a `state` that this tenant did not begin, UPSTREAM_ERROR when the authorization was refused.',
  })
  async finishMcpAuthorization(
    @Arg('state', () => String, { description: 'As it came.' }) state: string,
    @Arg('code', () => String, { nullable: true, description: 'As it came.' })
    code: string | null | undefined,
    @Arg('iss', () => String, { nullable: true, description: 'As it came (RFC 9207).' })
    iss: string | null | undefined,
    @Arg('error', () => String, { nullable: true, description: 'As it came, in place of a code.' })
    error: string | null | undefined,
    @Ctx() ctx: GraphqlContext,
  ): Promise<McpServerType> {
    const { serverId } = await finishMcpAuthorization(ctx, { state, code, iss, error });
    return getMcpServer(ctx, { id: serverId });
  }
}
