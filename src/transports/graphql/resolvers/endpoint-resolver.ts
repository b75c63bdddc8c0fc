import { Arg, Ctx, FieldResolver, ID, Mutation, Query, Resolver, Root } from 'type-graphql';
import type {
  EndpointRow,
  EndpointSchemas,
  ParameterRow,
} from '../../../catalog/catalog.queries.js';
import { describeEndpoint } from '../../../catalog/describe-endpoint.js';
import { findEndpoint } from '../../../catalog/find-endpoint.js';
import { updateEndpoint } from '../../../catalog/update-endpoint.js';
import { AppError } from '../../../errors.js';
import { type ToolKind, ToolKindEnum } from '../enums/tool-kind.js';
import type { GraphqlContext } from '../graphql-context.js';
import { UpdateEndpointInputType } from '../inputs/update-endpoint-input-type.js';
import { JsonScalar } from '../scalars.js';
import { AgentType, toAgent } from '../types/agent-type.js';
import { ApiType } from '../types/api-type.js';
import { EndpointType } from '../types/endpoint-type.js';
import { ParameterType } from '../types/parameter-type.js';

/** The tools of an agent come with their schemas and parameters, other lists without. */
type ListedEndpoint = EndpointRow & Partial<EndpointSchemas> & { parameters?: ParameterRow[] };

@Resolver(() => EndpointType)
export class EndpointResolver {
  @Query(() => EndpointType, {
    nullable: true,
    description: 'One endpoint; null when the tenant has none with this id.',
  })
  endpoint(
    @Arg('id', () => ID, { description: 'Id of an endpoint.' }) id: string,
    @Ctx() ctx: GraphqlContext,
  ): Promise<EndpointType | null> {
    return findEndpoint(ctx, { id });
  }

  @Mutation(() => EndpointType, {
    description:
      'Changes the name, description or state of an endpoint. NOT_FOUND when there is none with this id.',
  })
  updateEndpoint(
    @Arg('input', () => UpdateEndpointInputType, { description: 'What to change.' })
    input: UpdateEndpointInputType,
    @Ctx() ctx: GraphqlContext,
  ): Promise<EndpointType> {
    return updateEndpoint(ctx, input);
  }

  @Mutation(() => EndpointType, {
    description:
      'Has an LLM write the description. NOT_CONFIGURED without an LLM; UPSTREAM_ERROR or UPSTREAM_TIMEOUT when it fails, and the description stays.',
  })
  describeEndpoint(
    @Arg('id', () => ID, { description: 'Id of an endpoint.' }) id: string,
    @Ctx() ctx: GraphqlContext,
  ): Promise<EndpointType> {
    return describeEndpoint(ctx, { id });
  }

  @FieldResolver(() => ToolKindEnum, { description: 'Always ENDPOINT.' })
  kind(): ToolKind {
    return 'ENDPOINT';
  }

  @FieldResolver(() => ApiType, { description: 'The API that it is an operation of.' })
  async api(
    @Root() { id, apiId }: EndpointRow,
    @Ctx() { loaders }: GraphqlContext,
  ): Promise<ApiType> {
    return (await loaders.apis.load(apiId)) ?? endpointIsGone(id);
  }

  @FieldResolver(() => [ParameterType], {
    description: 'Its inputs one by one, in the order of the document.',
  })
  async parameters(
    @Root() { id, parameters }: ListedEndpoint,
    @Ctx() { loaders }: GraphqlContext,
  ): Promise<ParameterType[]> {
    return parameters ?? loaders.parametersOf.load(id);
  }

  @FieldResolver(() => JsonScalar, {
    description: 'JSON Schema 2020-12 of the arguments; its root has `type: object`.',
  })
  async inputSchema(
    @Root() endpoint: ListedEndpoint,
    @Ctx() ctx: GraphqlContext,
  ): Promise<unknown> {
    return (await schemasOf(endpoint, ctx)).inputSchema;
  }

  @FieldResolver(() => JsonScalar, {
    nullable: true,
    description: 'JSON Schema 2020-12 of a successful result; null where it is not known.',
  })
  async outputSchema(
    @Root() endpoint: ListedEndpoint,
    @Ctx() ctx: GraphqlContext,
  ): Promise<unknown> {
    return (await schemasOf(endpoint, ctx)).outputSchema;
  }

  @FieldResolver(() => [AgentType], { description: 'The agents that it is assigned to, by id.' })
  async agents(
    @Root() { id }: EndpointRow,
    @Ctx() { loaders }: GraphqlContext,
  ): Promise<AgentType[]> {
    return (await loaders.agentIdsOf.load(id)).map(toAgent);
  }
}

async function schemasOf(
  { id, inputSchema, outputSchema = null }: ListedEndpoint,
  { loaders }: GraphqlContext,
): Promise<EndpointSchemas> {
  if (inputSchema) return { inputSchema, outputSchema };
  return (await loaders.schemas.load(id)) ?? endpointIsGone(id);
}

function endpointIsGone(id: string): never {
  throw new AppError('NOT_FOUND', `The endpoint ${id} was removed while it was being read.`);
}
