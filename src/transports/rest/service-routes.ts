import type { FastifyInstance } from 'fastify';
import { registerDocsPage } from './docs-page.js';
import { buildOpenApiDocument } from './openapi-document.js';

export function registerServiceRoutes(app: FastifyInstance): void {
  const isPublic = { config: { isPublic: true } };
  const document = JSON.stringify(buildOpenApiDocument());

  app.get('/health', isPublic, async () => ({ status: 'ok' }));
  app.get('/openapi.json', isPublic, (_request, reply) =>
    reply.type('application/json; charset=utf-8').send(document),
  );
  registerDocsPage(app);
}
