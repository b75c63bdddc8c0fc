import type { FastifyInstance } from 'fastify';

export function registerServiceRoutes(app: FastifyInstance): void {
  app.get('/health', { config: { isPublic: true } }, async () => ({ status: 'ok' }));
}
