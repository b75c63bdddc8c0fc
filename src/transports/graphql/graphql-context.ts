import type { Context } from '../../context.js';
import { createLoaders, type Loaders } from './loaders.js';

/** What a resolver gets: the request's context, and its batched reads. */
export type GraphqlContext = Context & { loaders: Loaders };

export function toGraphqlContext(ctx: Context): GraphqlContext {
  return { ...ctx, loaders: createLoaders(ctx) };
}
