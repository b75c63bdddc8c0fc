import multipart from '@fastify/multipart';
import type { FastifyInstance } from 'fastify';
import { AppError } from '../../errors.js';
import { registerAgentRoutes } from './agent-routes.js';
import { watchRoutes } from './allowed-methods.js';
import { registerApiRoutes } from './api-routes.js';
import { registerEndpointRoutes } from './endpoint-routes.js';
import { registerLocalToolRoutes } from './local-tool-routes.js';
import { registerMcpOauthRoutes } from './mcp-oauth-routes.js';
import { registerMcpServerRoutes } from './mcp-server-routes.js';
import { requireMediaType } from './media-types.js';
import { openContext, type RestDeps } from './rest-deps.js';
import { sendRestError } from './rest-errors.js';
import { registerSearchRoutes } from './search-routes.js';
import { registerServiceRoutes } from './service-routes.js';
import { registerSkillRoutes } from './skill-routes.js';
import { registerSubmittedCallRoutes } from './submitted-call-routes.js';
import { registerSyncRoutes } from './sync-routes.js';

/** The REST shim: every route under `/tools`, with bodies and errors as App Connect and the old agents know them. */
export async function registerRest(app: FastifyInstance, deps: RestDeps): Promise<void> {
  await app.register((scope) => registerRoutes(scope, deps), { prefix: '/tools' });
}

async function registerRoutes(app: FastifyInstance, deps: RestDeps): Promise<void> {
  const { maxBodyBytes } = deps.limits;
  const refuseUnmatched = watchRoutes(app);
  app.addHook('onRoute', (route) => {
    route.bodyLimit ??= maxBodyBytes;
  });
  await app.register(multipart, { throwFileSizeLimit: true });
  for (const type of ['application/json', 'text/plain']) app.removeContentTypeParser(type);
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));

  app.addHook('onRequest', async (request, reply) => {
    reply.header('x-request-id', request.id);
    if (request.is404) return refuseUnmatched(request, reply);
    if (!request.routeOptions.config.isPublic) await openContext(deps, request);
  });
  app.addHook('preParsing', (request, _reply, payload, done) => {
    requireMediaType(request, request.routeOptions.config.restBody ?? 'none');
    done(null, payload);
  });
  app.setNotFoundHandler(refuseUnmatched);
  app.setErrorHandler((error, request, reply) => {
    const isTooLarge = error instanceof Error && 'code' in error && error.code === bodyTooLarge;
    const { bodyLimit = maxBodyBytes } = request.routeOptions;
    const shown = isTooLarge ? tooLarge(bodyLimit) : error;
    return sendRestError(shown, request, reply, deps.logger);
  });

  registerServiceRoutes(app);
  registerSyncRoutes(app, deps);
  registerApiRoutes(app);
  registerEndpointRoutes(app);
  registerLocalToolRoutes(app);
  registerSearchRoutes(app);
  registerAgentRoutes(app);
  registerSubmittedCallRoutes(app);
  registerMcpServerRoutes(app);
  registerSkillRoutes(app);
  registerMcpOauthRoutes(app, deps);
}

const bodyTooLarge = 'FST_ERR_CTP_BODY_TOO_LARGE';

function tooLarge(maxBytes: number): AppError {
  return new AppError('LIMIT_EXCEEDED', `The body is larger than ${maxBytes} bytes.`, { maxBytes });
}
