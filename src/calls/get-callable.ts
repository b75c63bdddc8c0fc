import { AppError } from '../errors.js';
import { nearest } from '../lib/nearest.js';
import type { AgentView, Callable } from './call-catalog.js';
import type { CallParts } from './call-parts.js';

export type NamedTool = { tenant: string; agentId: string; name: string };

/**
 * What a call of an agent's tool needs, by the tool's name in that agent's view as it is now. Throws NOT_FOUND for
 * another name, INVALID_INPUT for a tool that the agent executes itself.
 */
export async function getCallable(
  { catalog }: Pick<CallParts, 'catalog'>,
  named: NamedTool,
): Promise<Callable> {
  const { tenant, agentId, name } = named;
  const version = await catalog.version(tenant);
  const view = await catalog.viewOf(tenant, agentId, version);
  const tool = view.tools.get(name) ?? refuse(view, named);
  return (await catalog.callable(tenant, tool, version)) ?? refuse(view, named);
}

function refuse(view: AgentView, { agentId, name }: NamedTool): never {
  if (view.localNames.has(name)) {
    const message = `"${name}" is a local tool: the agent executes it itself, it is not called here.`;
    throw new AppError('INVALID_INPUT', `name: ${message}`, {
      issues: [{ path: ['name'], message, code: 'local_tool' }],
    });
  }
  const found = nearest(name, view.tools.keys());
  const hint =
    found.length > 0 ? ` Did you mean ${found.map((one) => `"${one}"`).join(' or ')}?` : '';
  throw new AppError('NOT_FOUND', `The agent "${agentId}" has no tool "${name}".${hint}`, {
    name,
    nearest: found,
  });
}
