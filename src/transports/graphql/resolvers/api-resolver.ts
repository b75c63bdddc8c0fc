import {
  Arg,
  Args,
  Ctx,
  FieldResolver,
  ID,
  Int,
  Mutation,
  Query,
  Resolver,
  Root,
} from 'type-graphql';
import { deleteApi } from '../../../catalog/delete-api.js';
import { findApi } from '../../../catalog/find-api.js';
import { listApis } from '../../../catalog/list-apis.js';
import { updateApi } from '../../../catalog/update-api.js';
import { ApisArgs } from '../args/apis-args.js';
import { EndpointsArgs } from '../args/endpoints-args.js';
import type { GraphqlContext } from '../graphql-context.js';
import { UpdateApiInputType } from '../inputs/update-api-input-type.js';
import { toConnection } from '../to-connection.js';
import { ApiConnectionType } from '../types/api-connection-type.js';
import { ApiType } from '../types/api-type.js';
import { EndpointConnectionType } from '../types/endpoint-connection-type.js';

@Resolver(() => ApiType)
export class ApiResolver {
  @Query(() => ApiType, {
    nullable: true,
    description: 'One API; null when the tenant has none with this id.',
  })
  api(
    @Arg('id', () => ID, { description: 'Id of an API.' }) id: string,
    @Ctx() ctx: GraphqlContext,
  ): Promise<ApiType | null> {
    return findApi(ctx, { id });
  }

  @Query(() => ApiConnectionType, { description: 'APIs, by name.' })
  async apis(
    @Args(() => ApisArgs) args: ApisArgs,
    @Ctx() ctx: GraphqlContext,
  ): Promise<ApiConnectionType> {
    return toConnection(await listApis(ctx, args));
  }

  @Mutation(() => Boolean, {
    description:
      'Deletes an API with its endpoints; they leave the tools of their agents. NOT_FOUND when there is none with this id.',
  })
  deleteApi(
    @Arg('id', () => ID, { description: 'Id of an API.' }) id: string,
    @Ctx() ctx: GraphqlContext,
  ): Promise<boolean> {
    return deleteApi(ctx, { id });
  }

  @Mutation(() => ApiType, {
    description:
      'Changes the settings of an API without its document. NOT_FOUND when there is none with this id.',
  })
  updateApi(
    @Arg('input', () => UpdateApiInputType, { description: 'What to change.' })
    input: UpdateApiInputType,
    @Ctx() ctx: GraphqlContext,
  ): Promise<ApiType> {
    return updateApi(ctx, input);
  }

  @FieldResolver(() => Int, { description: 'How many endpoints it has, disabled ones included.' })
  endpointCount(@Root() api: ApiType, @Ctx() { loaders }: GraphqlContext): Promise<number> {
    return loaders.endpointCounts.load(api.id);
  }

  @FieldResolver(() => EndpointConnectionType, {
    description: 'Its endpoints, in the order of the document.',
  })
  async endpoints(
    @Root() { id }: ApiType,
    @Args(() => EndpointsArgs) args: EndpointsArgs,
    @Ctx() { loaders }: GraphqlContext,
  ): Promise<EndpointConnectionType> {
    return toConnection(await loaders.endpointPages.load(id, args));
  }
}
