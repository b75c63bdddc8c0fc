import type { FastifyInstance } from 'fastify';
import type { Storage } from '../storage/open-storage.js';

/** `/health`: the process answers. `/ready`: the database answers and every migration has run; 503 while not. */
export function registerOperations(app: FastifyInstance, storage: Pick<Storage, 'isReady'>): void {
  app.get('/health', async () => ({ status: 'ok' }));
  app.get('/ready', async (_, reply) => {
    const isReady = await storage.isReady().catch(() => false);
    return reply.status(isReady ? 200 : 503).send({
      status: isReady ? 'ready' : 'the database does not answer, or migrations are missing',
    });
  });
}
