import { randomUUID } from 'node:crypto';
import type { EntityManager } from '@mikro-orm/postgresql';
import { stableUuid } from '../lib/stable-uuid.js';
import { inBatches } from '../storage/in-batches.js';
import { query } from '../storage/sql.js';
import type { ToolAnnotations } from './endpoint.entity.js';
import type { OperationMatch, PlacedDraft, StoredEndpoint } from './match-operations.js';
import { indexEndpoints } from './search/index-endpoints.js';
import type { SerializedDraft } from './spec-reader.js';

/** Writes what a plan found: removes, updates, moves and adds endpoints and their parameters. Runs in a transaction. */
export async function writeEndpoints(
  em: EntityManager,
  { tenant, apiId, match }: { tenant: string; apiId: string; match: OperationMatch },
): Promise<void> {
  const { added, changed, moved, removed } = match;
  await query(em, 'set constraints endpoints_name, endpoints_operation deferred');
  await deleteByIds(
    em,
    'endpoints',
    'id',
    tenant,
    removed.map(({ id }) => id),
  );
  await deleteByIds(
    em,
    'parameters',
    'endpoint_id',
    tenant,
    changed.map(({ stored }) => stored.id),
  );

  await inBatches(
    changed.values().map(({ stored, next }) => endpointJson(stored.id, next, stored)),
    (rows) => query(em, updateEndpoints, [tenant, rows]),
  );
  await inBatches(
    moved
      .values()
      .map(({ stored, next }) => JSON.stringify({ id: stored.id, position: next.position })),
    (rows) => query(em, moveEndpoints, [tenant, rows]),
  );
  const created = added.map((next) => ({ id: randomUUID() as string, next }));
  await inBatches(
    created.values().map(({ id, next }) => endpointJson(id, next, null)),
    (rows) => query(em, insertEndpoints, [tenant, apiId, rows]),
  );
  const written = [...changed.map(({ stored, next }) => ({ id: stored.id, next })), ...created];
  await inBatches(
    written.values().flatMap(({ id, next }) => parameterJsons(id, next.draft)),
    (rows) => query(em, insertParameters, [tenant, rows]),
  );
  await indexEndpoints(
    em,
    tenant,
    written.map(({ id }) => id),
  );
}

async function deleteByIds(
  em: EntityManager,
  table: 'endpoints' | 'parameters',
  column: 'id' | 'endpoint_id',
  tenant: string,
  ids: string[],
): Promise<void> {
  if (ids.length === 0) return;
  await query(em, `delete from ${table} where tenant_id = $1 and ${column} = any($2::uuid[])`, [
    tenant,
    ids,
  ]);
}

/** Schemas are JSON text already: they go into the row as they are. */
function withJson(scalars: Record<string, unknown>, json: Record<string, string>): string {
  const parts = Object.entries(json).map(([key, text]) => `,${JSON.stringify(key)}:${text}`);
  return `${JSON.stringify(scalars).slice(0, -1)}${parts.join('')}}`;
}

function endpointJson(
  id: string,
  { draft, name, position }: PlacedDraft,
  stored: StoredEndpoint | null,
): string {
  const { inputSchema, outputSchema, plan } = draft;
  return withJson(
    {
      id,
      name,
      position,
      method: draft.method,
      path: draft.path,
      description: stored?.editedDescription ?? draft.description,
      expose_as: toAnnotations(draft),
      operation_id: draft.operationId,
      summary: draft.summary,
      source_name: draft.name,
      source_description: draft.description,
      tags: draft.tags,
      deprecated: draft.deprecated,
      contract_hash: draft.contractHash,
    },
    { input_schema: inputSchema, plan, ...(outputSchema ? { output_schema: outputSchema } : {}) },
  );
}

function toAnnotations({ method, summary, readOnly }: SerializedDraft): ToolAnnotations {
  return {
    ...(summary ? { title: summary } : {}),
    readOnlyHint: readOnly,
    destructiveHint: method === 'DELETE',
    idempotentHint: readOnly || method === 'PUT' || method === 'DELETE',
  };
}

function parameterJsons(endpointId: string, draft: SerializedDraft): string[] {
  return draft.parameters.map(({ schema, location, ...parameter }, position) =>
    withJson(
      {
        id: stableUuid(endpointId, parameter.argument),
        endpoint_id: endpointId,
        name: parameter.name,
        argument: parameter.argument,
        type: parameter.type,
        location,
        required: parameter.required,
        in_path: location === 'PATH',
        in_query: location === 'QUERY',
        in_body: location === 'BODY',
        default_value: parameter.defaultValue,
        description: parameter.description,
        position,
      },
      { schema },
    ),
  );
}

const endpointRecord = `json_to_recordset($RECORDS::json) as r(
  id uuid, name text, position int, method text, path text, description text, expose_as jsonb, operation_id text,
  summary text, source_name text, source_description text, tags text[], deprecated boolean, contract_hash text,
  input_schema json, output_schema json, plan json)`;

const insertEndpoints = `insert into endpoints (
  id, tenant_id, api_id, name, position, method, path, description, expose_as, operation_id, summary, source_name,
  source_description, tags, deprecated, contract_hash, input_schema, output_schema, plan)
select r.id, $1, $2::uuid, r.name, r.position, r.method, r.path, r.description, r.expose_as, r.operation_id, r.summary,
  r.source_name, r.source_description, r.tags, r.deprecated, r.contract_hash, r.input_schema, r.output_schema, r.plan
from ${endpointRecord.replace('$RECORDS', '$3')}`;

const updateEndpoints = `update endpoints e set
  name = r.name, position = r.position, method = r.method, path = r.path, description = r.description,
  expose_as = r.expose_as, operation_id = r.operation_id, summary = r.summary, source_name = r.source_name,
  source_description = r.source_description, tags = r.tags, deprecated = r.deprecated,
  contract_hash = r.contract_hash, input_schema = r.input_schema, output_schema = r.output_schema, plan = r.plan
from ${endpointRecord.replace('$RECORDS', '$2')}
where e.tenant_id = $1 and e.id = r.id`;

const moveEndpoints = `update endpoints e set position = r.position
from json_to_recordset($2::json) as r(id uuid, position int)
where e.tenant_id = $1 and e.id = r.id`;

const insertParameters = `insert into parameters (
  id, tenant_id, endpoint_id, name, argument, type, location, required, in_path, in_query, in_body, default_value,
  description, schema, position)
select r.id, $1, r.endpoint_id, r.name, r.argument, r.type, r.location, r.required, r.in_path, r.in_query, r.in_body,
  r.default_value, r.description, r.schema, r.position
from json_to_recordset($2::json) as r(
  id uuid, endpoint_id uuid, name text, argument text, type text, location text, required boolean, in_path boolean,
  in_query boolean, in_body boolean, default_value text, description text, schema json, position int)`;
