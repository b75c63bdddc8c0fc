import { requireScope } from '../access/require-scope.js';
import { type Context, scopes } from '../context.js';
import { AppError } from '../errors.js';
import { type EndpointRow, parametersByEndpointIds } from './catalog.queries.js';
import type { IdInput } from './find-api.js';
import { getEndpoint } from './get-endpoint.js';
import { editEndpoint } from './update-endpoint.js';

/**
 * Lets the LLM write the tool's description, as an edit that survives every sync. No transaction is open meanwhile.
 * Throws NOT_CONFIGURED without an LLM, UPSTREAM_FAILED or UPSTREAM_TIMEOUT; the description then stays as it was.
 */
export async function describeEndpoint(
  ctx: Pick<Context, 'em' | 'actor' | 'clock' | 'descriptions'>,
  raw: IdInput,
): Promise<EndpointRow> {
  requireScope(ctx.actor, scopes.write);
  const endpoint = await getEndpoint(ctx, raw);
  if (!ctx.descriptions) {
    throw new AppError(
      'NOT_CONFIGURED',
      'Descriptions need an LLM: set OPENAI_API_KEY (and OPENAI_BASE_URL for a compatible server).',
    );
  }
  const parameters = await parametersByEndpointIds(ctx, [endpoint.id]);
  const description = await ctx.descriptions.describe({
    name: endpoint.name,
    method: endpoint.method,
    path: endpoint.path,
    description: endpoint.description ?? null,
    parameters: (parameters.get(endpoint.id) ?? []).map(
      ({ name, location, required, description }) => ({
        name,
        location,
        required,
        description: description ?? null,
      }),
    ),
  });
  await editEndpoint(ctx, endpoint.id, (row) => row.describe(description));
  return getEndpoint({ ...ctx, em: ctx.em.fork() }, { id: endpoint.id });
}
