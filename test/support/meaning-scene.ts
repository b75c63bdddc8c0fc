import { randomUUID } from 'node:crypto';
import { createMeanings } from '../../src/agents/meanings/create-meanings.js';
import { embedDueTools } from '../../src/agents/meanings/embed-tools.js';
import type { App } from '../../src/app.js';
import { syncApi } from '../../src/catalog/sync-api.js';
import { scopes } from '../../src/context.js';
import { createEmbedder } from '../../src/upstream/openai-embedder.js';
import { anEmbeddingsServer } from './embeddings-server.js';
import { anOpenApi } from './specs.js';

type Options = { maxTools?: number; maxBytes?: number };

/** A server, a model, and a tenant that is searched by what that model finds. */
export async function aMeaningScene({ ports }: Pick<App, 'ports'>, options: Options = {}) {
  const fork = () => ports.storage.fork();
  const server = await anEmbeddingsServer();
  const model = `model-${randomUUID()}`;
  const connect = (name = model) =>
    createEmbedder({ apiKey: 'sk-test', baseUrl: server.baseUrl, model: name, timeoutMs: 5000 });
  const embedder = connect();
  const time = { now: 1_000_000 };
  const warnings: unknown[][] = [];
  const logger = { ...ports.logger, warn: (...told: unknown[]) => void warnings.push(told) };
  const asking = { clock: { now: () => new Date(time.now) }, logger: logger as never, embedder };
  const meanings = createMeanings({ ...asking, ...options });
  const embed = (by = embedder, holder = randomUUID()) =>
    embedDueTools({ fork, embedder: by, holder }, new AbortController().signal);
  const aTenant = (tenant: string = randomUUID()) => {
    const actor = {
      ...{ tenant, app: 'shop', subject: null, expiresAt: null },
      scopes: new Set<string>(Object.values(scopes)),
    };
    const { clock, sealer, specs, mcp, views } = ports;
    return () => ({
      em: fork(),
      run: ports.storage.run,
      actor,
      clock,
      sealer,
      specs,
      mcp,
      views,
      meanings,
    });
  };
  return {
    ...{ server, model, connect, time, warnings, meanings, embed, aTenant, ctx: aTenant() },
    [Symbol.asyncDispose]: async () => {
      await embedder[Symbol.asyncDispose]();
      await server.stop();
    },
  };
}
export type MeaningScene = Awaited<ReturnType<typeof aMeaningScene>>;
export type Tenant = MeaningScene['ctx'];

export const operation = (operationId: string, summary: string) => ({
  ...{ operationId, summary, responses: { 200: { description: 'OK' } } },
});
export const shop = {
  '/refunds': { post: operation('createRefund', 'Refund a payment') },
  '/stars': { get: operation('listStargazers', 'List stargazers') },
  '/webhooks': { post: operation('createWebhookEndpoint', 'Create a webhook endpoint') },
  '/orders': { get: operation('listOrders', 'List orders') },
};

/** The id of the API. */
export async function sync(ctx: Tenant, paths: object = shop, name = 'Shop') {
  const document = anOpenApi(paths as Record<string, unknown>, {
    info: { title: name, version: '1' },
  });
  const result = await syncApi(ctx(), { source: { document }, name });
  if (result.conflict) throw new Error(result.conflict.message);
  return result.api.id;
}

/** What is meant by `listStargazers`, in no word of it. */
export const strange = 'our admirers';
