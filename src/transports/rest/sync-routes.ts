import type { FastifyInstance, FastifyReply } from 'fastify';
import { planSync } from '../../catalog/plan-sync.js';
import { type PreviewSpecInput, previewSpec } from '../../catalog/preview-spec.js';
import { type SyncResult, syncApi } from '../../catalog/sync-api.js';
import type { SyncApiInput } from '../../catalog/sync-input.js';
import { presentConflict, presentPlan, presentPreview, presentSync } from './present-sync.js';
import { untrusted } from './read-request.js';
import { readSpecBody } from './read-spec-body.js';
import { readUpload } from './read-upload.js';
import { contextOf, type RestDeps } from './rest-deps.js';

export function registerSyncRoutes(app: FastifyInstance, { limits }: RestDeps): void {
  const takesDocument = {
    bodyLimit: limits.maxDocumentBytes,
    config: { restBody: 'document' as const },
  };

  app.post('/preview-swagger', takesDocument, async (request) => {
    const { source } = await readSpecBody(request);
    return presentPreview(
      await previewSpec(contextOf(request), untrusted<PreviewSpecInput>({ source })),
    );
  });

  app.post('/plan-sync', takesDocument, async (request) => {
    const input = untrusted<SyncApiInput>(await readSpecBody(request));
    return presentPlan(await planSync(contextOf(request), input));
  });

  app.post('/sync-swagger', takesDocument, async (request, reply) => {
    const input = untrusted<SyncApiInput>(await readSpecBody(request));
    return sendSync(reply, await syncApi(contextOf(request), input));
  });

  app.post('/sync-swagger/file', { config: { restBody: 'file' } }, async (request, reply) => {
    const input = untrusted<SyncApiInput>(await readUpload(request, limits.maxDocumentBytes));
    return sendSync(reply, await syncApi(contextOf(request), input));
  });
}

function sendSync(reply: FastifyReply, result: SyncResult) {
  if (result.conflict) return reply.code(409).send(presentConflict(result.conflict));
  return presentSync(result);
}
