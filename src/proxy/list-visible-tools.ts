import { grantsAll, isToolGranted } from '../access/ati/match-scope.js';
import { listProvidedTools, type ProvidedTool } from '../agents/provided-tools.js';
import type { JsonSchema } from '../openapi/types.js';
import { builtInTools } from './built-in-tools.js';
import type { ProxyContext } from './proxy-context.js';

/** A tool that the proxy runs itself. */
export type BuiltInTool = Pick<
  ProvidedTool,
  'id' | 'name' | 'provider' | 'description' | 'tags' | 'method' | 'path'
> & { kind: 'BUILT_IN'; inputSchema: JsonSchema };

export type ProxyTool = ProvidedTool | BuiltInTool;

type Reads = Pick<ProxyContext, 'actor' | 'views' | 'caller'>;

/** Every tool of the caller's agent, granted or not, and those of the proxy. */
export async function listKnownTools(ctx: Reads): Promise<readonly ProxyTool[]> {
  return [...(await listProvidedTools(ctx, ctx.caller.agentId)), ...builtInTools];
}

/**
 * The tools that the caller may call: what the agent has now, as far as the token grants it. Lists, single tools, search,
 * help, counts, skills and calls all go by this.
 */
export async function listVisibleTools(ctx: Reads): Promise<readonly ProxyTool[]> {
  const known = await listKnownTools(ctx);
  const { scopes } = ctx.caller;
  return grantsAll(scopes) ? known : known.filter(({ name }) => isToolGranted(scopes, name));
}
