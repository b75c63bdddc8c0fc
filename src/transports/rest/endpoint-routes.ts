import type { FastifyInstance } from 'fastify';
import { testEndpoint } from '../../calls/test-endpoint.js';
import {
  type EndpointRow,
  parametersByEndpointIds,
  type Reads,
  schemasByEndpointIds,
} from '../../catalog/catalog.queries.js';
import { describeEndpoint } from '../../catalog/describe-endpoint.js';
import { getEndpoint } from '../../catalog/get-endpoint.js';
import { listEndpoints } from '../../catalog/list-endpoints.js';
import { type UpdateEndpointInput, updateEndpoint } from '../../catalog/update-endpoint.js';
import { presentCall } from './present-call.js';
import { presentEndpoint, presentParameter } from './present-endpoint.js';
import { pathText, queryText, readJsonObject, requireApiId, untrusted } from './read-request.js';
import { contextOf } from './rest-deps.js';
import { sendList } from './send-list.js';

export function registerEndpointRoutes(app: FastifyInstance): void {
  app.get('/api/endpoints', async (request, reply) => {
    const apiId = requireApiId(request);
    const filters = {
      agentId: queryText(request, 'agent_id'),
      search: queryText(request, 'search'),
      tag: queryText(request, 'tag'),
    };
    return sendList<EndpointRow>(request, reply, {
      name: 'endpoints',
      filters: { apiId, ...filters },
      read: (ctx, page) => listEndpoints(ctx, { apiId, ...filters, ...page }),
      present: presentAll,
    });
  });

  app.get('/api/endpoints/:id', async (request) => {
    const ctx = contextOf(request);
    return presentOne(ctx, await getEndpoint(ctx, { id: pathText(request, 'id') }));
  });

  app.patch('/api/endpoints/:id', { config: { restBody: 'json' } }, async (request) => {
    const ctx = contextOf(request);
    const { name, description, enabled } = readJsonObject(request);
    const input = { id: pathText(request, 'id'), name, description, enabled };
    return presentOne(ctx, await updateEndpoint(ctx, untrusted<UpdateEndpointInput>(input)));
  });

  app.post('/api/endpoints/:id/describe', async (request) => {
    const ctx = contextOf(request);
    return presentOne(ctx, await describeEndpoint(ctx, { id: pathText(request, 'id') }));
  });

  app.post('/api/endpoints/:id/test', { config: { restBody: 'json' } }, async (request) => {
    const { parameters } = readJsonObject(request);
    const input = { id: pathText(request, 'id'), arguments: parameters };
    return presentCall(await testEndpoint(contextOf(request), input));
  });
}

async function presentAll(ctx: Reads, endpoints: EndpointRow[]) {
  const schemas = await schemasByEndpointIds(
    ctx,
    endpoints.map(({ id }) => id),
  );
  return endpoints.map((endpoint) => presentEndpoint(endpoint, schemas.get(endpoint.id)));
}

async function presentOne(ctx: Reads, endpoint: EndpointRow) {
  const schemas = await schemasByEndpointIds(ctx, [endpoint.id]);
  const parameters = await parametersByEndpointIds(ctx, [endpoint.id]);
  return {
    ...presentEndpoint(endpoint, schemas.get(endpoint.id)),
    parameters: (parameters.get(endpoint.id) ?? []).map(presentParameter),
  };
}
