import { Arg, Ctx, Mutation, Query, Resolver } from 'type-graphql';
import { planSync } from '../../../catalog/plan-sync.js';
import { previewSpec } from '../../../catalog/preview-spec.js';
import { syncApi } from '../../../catalog/sync-api.js';
import type { GraphqlContext } from '../graphql-context.js';
import { SpecSourceInputType } from '../inputs/spec-source-input-type.js';
import { SyncApiInputType } from '../inputs/sync-api-input-type.js';
import { SpecPreviewType } from '../types/spec-preview-type.js';
import { SyncApiResult } from '../types/sync-api-result.js';
import { SyncPlanType } from '../types/sync-plan-type.js';

@Resolver()
export class SyncResolver {
  @Query(() => SpecPreviewType, {
    description:
      'What a document would give; nothing is stored. A document that cannot be read at all is no error: `valid` is false.',
  })
  previewSpec(
    @Arg('source', () => SpecSourceInputType, { description: 'The document.' })
    source: SpecSourceInputType,
    @Ctx() ctx: GraphqlContext,
  ): Promise<SpecPreviewType> {
    return previewSpec(ctx, { source });
  }

  @Query(() => SyncPlanType, {
    description: 'What `syncApi` would do with the same input; nothing is stored.',
  })
  planSync(
    @Arg('input', () => SyncApiInputType, { description: 'As for `syncApi`.' })
    input: SyncApiInputType,
    @Ctx() ctx: GraphqlContext,
  ): Promise<SyncPlanType> {
    return planSync(ctx, input);
  }

  @Mutation(() => SyncApiResult, {
    description:
      'Adds an API, or brings it up to date with its document. BAD_USER_INPUT with `extensions.problems` for a document that cannot be read; a failed sync keeps the last good catalog.',
  })
  async syncApi(
    @Arg('input', () => SyncApiInputType, { description: 'The document, and what to do with it.' })
    input: SyncApiInputType,
    @Ctx() ctx: GraphqlContext,
  ): Promise<typeof SyncApiResult> {
    const result = await syncApi(ctx, input);
    return result.conflict ?? result;
  }
}
