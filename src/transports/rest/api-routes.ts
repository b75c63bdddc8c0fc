import type { FastifyInstance } from 'fastify';
import { type ApiRow, endpointCountsByApiIds, type Reads } from '../../catalog/catalog.queries.js';
import { deleteApi } from '../../catalog/delete-api.js';
import { getApi } from '../../catalog/get-api.js';
import { listApis } from '../../catalog/list-apis.js';
import { type UpdateApiInput, updateApi } from '../../catalog/update-api.js';
import { presentApi } from './present-api.js';
import { pathText, readJsonObject, requireApiId, untrusted } from './read-request.js';
import { contextOf } from './rest-deps.js';
import { sendList } from './send-list.js';

export function registerApiRoutes(app: FastifyInstance): void {
  app.get('/apis', (request, reply) =>
    sendList<ApiRow>(request, reply, { name: 'apis', read: listApis, present: presentApis }),
  );

  app.get('/api/details', async (request) => {
    const ctx = contextOf(request);
    const api = await getApi(ctx, { id: requireApiId(request) });
    return presentOne(ctx, api);
  });

  app.patch('/apis/:id', { config: { restBody: 'json' } }, async (request) => {
    const ctx = contextOf(request);
    const { name, base_url: baseUrl, headers } = readJsonObject(request);
    const input = { id: pathText(request, 'id'), name, baseUrl, headers };
    return presentOne(ctx, await updateApi(ctx, untrusted<UpdateApiInput>(input)));
  });

  app.delete('/apis/:id', async (request, reply) => {
    await deleteApi(contextOf(request), { id: pathText(request, 'id') });
    return reply.code(204).send();
  });
}

async function presentOne(ctx: Reads, api: ApiRow) {
  const [presented] = await presentApis(ctx, [api]);
  return presented;
}

async function presentApis(ctx: Reads, apis: ApiRow[]) {
  const counts = await endpointCountsByApiIds(
    ctx,
    apis.map(({ id }) => id),
  );
  return apis.map((api) => presentApi(api, counts.get(api.id) ?? 0));
}
