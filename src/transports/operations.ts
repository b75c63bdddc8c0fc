import type { FastifyInstance } from 'fastify';
import type { Storage } from '../storage/open-storage.js';
import type { Metrics } from '../telemetry/metrics.js';

type OperationsDeps = { storage: Pick<Storage, 'isReady'>; metrics: Metrics };

/**
 * `/health`: the process answers. `/ready`: the database answers and every migration has run; 503 while not.
 * `/metrics`: Prometheus text, of this process and all tenants: for operators, keep it off public routes.
 */
export function registerOperations(
  app: FastifyInstance,
  { storage, metrics }: OperationsDeps,
): void {
  app.get('/health', async () => ({ status: 'ok' }));
  app.get('/ready', async (_, reply) => {
    const isReady = await storage.isReady().catch(() => false);
    return reply.status(isReady ? 200 : 503).send({
      status: isReady ? 'ready' : 'the database does not answer, or migrations are missing',
    });
  });
  app.get('/metrics', async (_, reply) => {
    const { contentType, text } = await metrics.expose();
    return reply.header('content-type', contentType).send(text);
  });
}
