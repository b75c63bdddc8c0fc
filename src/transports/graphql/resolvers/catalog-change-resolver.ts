import { Args, Ctx, FieldResolver, Query, Resolver, Root, Subscription } from 'type-graphql';
import type { CatalogChange } from '../../../changes/catalog-change.entity.js';
import { listChanges } from '../../../changes/list-changes.js';
import type { CatalogChangeRow } from '../../../changes/read-log.js';
import { watchChanges } from '../../../changes/watch-changes.js';
import { CatalogChangedArgs } from '../args/catalog-changed-args.js';
import { CatalogChangesArgs } from '../args/catalog-changes-args.js';
import type { GraphqlContext } from '../graphql-context.js';
import { RevisionScalar } from '../scalars.js';
import { ApiType } from '../types/api-type.js';
import { CatalogChangeType } from '../types/catalog-change-type.js';
import { EndpointType } from '../types/endpoint-type.js';
import { McpServerType } from '../types/mcp-server-type.js';

@Resolver(() => CatalogChangeType)
export class CatalogChangeResolver {
  @Query(() => RevisionScalar, { description: 'The tenant’s present catalog revision.' })
  catalogRevision(@Ctx() { loaders, actor }: GraphqlContext): Promise<string> {
    return loaders.revision.load(actor.tenant);
  }

  @Query(() => [CatalogChangeType], {
    description:
      'Changes after a revision, oldest first: what a subscriber that was away has missed.',
  })
  catalogChanges(
    @Args(() => CatalogChangesArgs) args: CatalogChangesArgs,
    @Ctx() ctx: GraphqlContext,
  ): Promise<CatalogChangeType[]> {
    return listChanges(ctx, args);
  }

  @Subscription(() => CatalogChangeType, {
    subscribe: ({ args, context }) =>
      watchChanges(context as GraphqlContext, args as CatalogChangedArgs),
    description:
      'Every change after `after`, in the order of revisions, none twice. An error with `extensions.reason` ends it: `REVISION_GONE` and `REVISION_UNKNOWN` ask to load the catalog anew, `SLOW_SUBSCRIBER` to subscribe again after `extensions.resumeAfter`.',
  })
  catalogChanged(
    @Root() change: CatalogChangeRow,
    @Args(() => CatalogChangedArgs) _args: CatalogChangedArgs,
  ): CatalogChangeType {
    return change;
  }

  @FieldResolver(() => ApiType, {
    nullable: true,
    description: 'The API that was written; null when it was none, or is gone.',
  })
  async api(
    @Root() { apiId }: Pick<CatalogChange, 'apiId'>,
    @Ctx() { loaders }: GraphqlContext,
  ): Promise<ApiType | null> {
    return apiId ? loaders.apis.load(apiId) : null;
  }

  @FieldResolver(() => EndpointType, {
    nullable: true,
    description: 'The endpoint that was written; null when it was none, or is gone.',
  })
  async endpoint(
    @Root() { endpointId }: Pick<CatalogChange, 'endpointId'>,
    @Ctx() { loaders }: GraphqlContext,
  ): Promise<EndpointType | null> {
    return endpointId ? loaders.endpoints.load(endpointId) : null;
  }

  @FieldResolver(() => McpServerType, {
    nullable: true,
    description: 'The MCP server that was written; null when it was none, or is gone.',
  })
  async mcpServer(
    @Root() { mcpServerId }: Pick<CatalogChange, 'mcpServerId'>,
    @Ctx() { loaders }: GraphqlContext,
  ): Promise<McpServerType | null> {
    return mcpServerId ? loaders.mcpServers.load(mcpServerId) : null;
  }
}
