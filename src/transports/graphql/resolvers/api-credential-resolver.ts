import { Arg, Ctx, FieldResolver, ID, Mutation, Resolver, Root } from 'type-graphql';
import { removeApiCredential } from '../../../calls/remove-api-credential.js';
import { setApiCredential } from '../../../calls/set-api-credential.js';
import type { GraphqlContext } from '../graphql-context.js';
import { SetApiCredentialInputType } from '../inputs/set-api-credential-input-type.js';
import { ApiType } from '../types/api-type.js';
import { SecuritySchemeType } from '../types/security-scheme-type.js';

@Resolver(() => ApiType)
export class ApiCredentialResolver {
  @Mutation(() => ApiType, {
    description:
      'Stores a credential for a security scheme of an API: sealed, never shown again, and sent to the present origin of the API only. BAD_USER_INPUT for a scheme that the document does not have.',
  })
  setApiCredential(
    @Arg('input', () => SetApiCredentialInputType, { description: 'The credential.' })
    input: SetApiCredentialInputType,
    @Ctx() ctx: GraphqlContext,
  ): Promise<ApiType> {
    return setApiCredential(ctx, { ...input });
  }

  @Mutation(() => ApiType, {
    description:
      'Forgets the credential of a security scheme, if one is stored. NOT_FOUND when there is no such API.',
  })
  removeApiCredential(
    @Arg('apiId', () => ID, { description: 'Id of an API.' }) apiId: string,
    @Arg('scheme', () => String, { description: 'Name of the security scheme.' }) scheme: string,
    @Ctx() ctx: GraphqlContext,
  ): Promise<ApiType> {
    return removeApiCredential(ctx, { apiId, scheme });
  }

  @FieldResolver(() => [SecuritySchemeType], {
    description: 'Security schemes of its document, and whether credentials are stored for them.',
  })
  securitySchemes(
    @Root() { id }: ApiType,
    @Ctx() { loaders }: GraphqlContext,
  ): Promise<SecuritySchemeType[]> {
    return loaders.securitySchemes.load(id);
  }
}
