import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { ProxyContext } from '../../proxy/proxy-context.js';
import { refuseRebinding } from '../refuse-rebinding.js';
import type { AtiDeps } from './ati-deps.js';
import { AtiRefusal, toFailure } from './ati-errors.js';
import type { AtiAnswer, AtiRoute, ErrorShape } from './ati-route.js';
import { callRoute } from './call-route.js';
import { helpRoute } from './help-route.js';
import { publicPaths, registerPublicRoutes } from './public-routes.js';
import { rpcRoute } from './rpc-route.js';
import { skillRoutes } from './skill-routes.js';
import { skillatiRoutes } from './skillati-routes.js';
import { toolRoutes } from './tool-routes.js';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** How a route of the ATI proxy tells a failure. */
    atiShape?: ErrorShape;
    /** A route of the ATI proxy whose caller has to be known. */
    atiCaller?: boolean;
  }
}

/** Every route of the proxy but the public ones. */
export const atiRoutes: readonly AtiRoute[] = [
  callRoute,
  helpRoute,
  rpcRoute,
  ...toolRoutes,
  ...skillRoutes,
  ...skillatiRoutes,
];

/** The ATI proxy protocol under `/proxy`, as the `ati` client speaks it. */
export async function registerAti(app: FastifyInstance, deps: AtiDeps): Promise<void> {
  await app.register((scope) => registerRoutes(scope, deps), { prefix: '/proxy' });
}

async function registerRoutes(app: FastifyInstance, deps: AtiDeps): Promise<void> {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
  app.addHook('onRoute', (route) => {
    route.bodyLimit ??= deps.limits.maxBodyBytes;
  });
  app.addHook('onRequest', async (request, reply) => {
    reply.header('x-request-id', request.id).header('cache-control', 'no-store');
    refuseRebinding(request.headers, deps.names);
    // Who brings no token is not told which paths there are.
    if (request.is404 || request.routeOptions.config.atiCaller) await open(request, deps);
  });
  app.setErrorHandler((error, request, reply) => fail(error, request, reply, deps));
  app.setNotFoundHandler((request) => {
    const path = request.url.split('?')[0];
    throw new AtiRefusal(404, `There is no route ${request.method} ${path}.`);
  });
  registerPublicRoutes(app, deps);
  for (const { method, path: url, shape: atiShape, handle } of atiRoutes) {
    app.route({
      ...{ method, url, config: { atiShape, atiCaller: true } },
      handler: async (request, reply) => send(reply, await handle(request, contextOf(request))),
    });
  }
  refuseOtherMethods(app);
}

/** A path that is a route's own is never another route's name: `GET /skills/resolve` is no skill. */
function refuseOtherMethods(app: FastifyInstance): void {
  const methods = new Map<string, string[]>(publicPaths.map((path) => [path, ['GET', 'HEAD']]));
  for (const { method, path } of atiRoutes) {
    const own = method === 'GET' ? ['GET', 'HEAD'] : [method];
    methods.set(path, [...(methods.get(path) ?? []), ...own]);
  }
  for (const [url, own] of methods) {
    const method = allMethods.filter((one) => !own.includes(one));
    const allow = own.join(', ');
    const atiCaller = !publicPaths.includes(url);
    app.route({
      ...{ method, url, config: { atiShape: 'error' as const, atiCaller } },
      exposeHeadRoute: false,
      handler: (request) => {
        const message = `${request.method} is not supported here. Expected ${allow}.`;
        throw new AtiRefusal(405, message, { headers: { allow } });
      },
    });
  }
}

const allMethods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];

const contexts = new WeakMap<FastifyRequest, ProxyContext>();

async function open(request: FastifyRequest, deps: AtiDeps): Promise<void> {
  const caller = await deps.atiAuthenticator.authenticate(request.headers);
  contexts.set(request, deps.proxyContextFor(request, caller));
}

function contextOf(request: FastifyRequest): ProxyContext {
  const ctx = contexts.get(request);
  if (!ctx) throw new Error('A route of the proxy was reached without a caller.');
  return ctx;
}

function fail(
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
  { logger }: AtiDeps,
): FastifyReply {
  const { atiShape = 'error' } = request.routeOptions.config;
  return send(reply, toFailure(error, atiShape, { logger, requestId: request.id }));
}

function send(reply: FastifyReply, { status = 200, headers = {}, body }: AtiAnswer): FastifyReply {
  reply.code(status).headers(headers);
  if (reply.hasHeader('content-type')) return reply.send(body);
  return reply.type('application/json').send(JSON.stringify(body));
}
