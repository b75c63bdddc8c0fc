import type { EntityManager } from '@mikro-orm/postgresql';
import { z } from 'zod';
import { requireScope } from '../access/require-scope.js';
import { writeCatalog } from '../changes/write-catalog.js';
import { type Context, scopes } from '../context.js';
import { AppError } from '../errors.js';
import { parseInput } from '../lib/parse-input.js';
import { isUuid } from '../lib/uuid.js';
import { query } from '../storage/sql.js';
import type { EndpointRow } from './catalog.queries.js';
import { Endpoint } from './endpoint.entity.js';
import { getEndpoint, refuseUnknownEndpoint } from './get-endpoint.js';
import { indexEndpoints } from './search/index-endpoints.js';

export const UpdateEndpointInput = z.object({
  id: z.string().min(1),
  /** Null goes back to the document's name. */
  name: z.string().nullable().optional(),
  /** Null goes back to the document's description. */
  description: z.string().max(10_000).nullable().optional(),
  enabled: z.boolean().nullish(),
});
export type UpdateEndpointInput = z.input<typeof UpdateEndpointInput>;

/**
 * Edits a tool; the edits survive every sync. An input that changes nothing takes no revision.
 * Throws NOT_FOUND, INVALID_INPUT for a name that is no tool name, CONFLICT for one that the API has already.
 */
export async function updateEndpoint(
  ctx: Pick<Context, 'em' | 'actor' | 'clock'>,
  raw: UpdateEndpointInput,
): Promise<EndpointRow> {
  requireScope(ctx.actor, scopes.write);
  const { id, name, description, enabled } = parseInput(UpdateEndpointInput, raw);
  await editEndpoint(ctx, id, (endpoint) => {
    if (name !== undefined) endpoint.rename(name);
    if (description !== undefined) endpoint.describe(description);
    if (enabled != null) endpoint.enabled = enabled;
  });
  return getEndpoint({ ...ctx, em: ctx.em.fork() }, { id });
}

/** One edit of one endpoint, with its change record. */
export function editEndpoint(
  ctx: Pick<Context, 'em' | 'actor' | 'clock'>,
  id: string,
  edit: (endpoint: Endpoint) => void,
): Promise<void> {
  return writeCatalog(ctx, async ({ em, record }) => {
    const tenantId = ctx.actor.tenant;
    const endpoint = isUuid(id) ? await em.findOne(Endpoint, { tenantId, id }) : null;
    if (!endpoint) return refuseUnknownEndpoint(id);
    const before = published(endpoint);
    edit(endpoint);
    if (endpoint.name !== before.name) await refuseTakenName(em, endpoint);
    const isVisible = JSON.stringify(published(endpoint)) !== JSON.stringify(before);
    if (!isVisible) return;
    await em.flush();
    await indexEndpoints(em, tenantId, [endpoint.id]);
    await record({
      kind: 'ENDPOINT_UPDATED',
      apiId: endpoint.apiId,
      endpointId: endpoint.id,
      agentIds: await assignedAgents(em, tenantId, id),
    });
  });
}

function published({ name, description, enabled }: Endpoint) {
  return { name, description, enabled };
}

async function refuseTakenName(em: EntityManager, { id, tenantId, apiId, name }: Endpoint) {
  const [other] = await query<{ id: string }>(
    em,
    'select id from endpoints where tenant_id = $1 and api_id = $2 and name = $3 and id <> $4',
    [tenantId, apiId, name, id],
  );
  if (other) {
    throw new AppError('CONFLICT', `Another endpoint of this API is called "${name}".`, {
      endpointId: other.id,
    });
  }
}

async function assignedAgents(em: EntityManager, tenant: string, id: string): Promise<string[]> {
  const rows = await query<{ agentId: string }>(
    em,
    'select agent_id as "agentId" from agent_tool_assignments where tenant_id = $1 and endpoint_id = $2',
    [tenant, id],
  );
  return rows.map(({ agentId }) => agentId);
}
