import type { FastifyInstance } from 'fastify';
import { countVisible } from '../../proxy/count-visible.js';
import type { AtiDeps } from './ati-deps.js';
import { serverInfo } from './server-info.js';

/** Routes that need no token. A health check that brings one is told what that caller sees. */
export function registerPublicRoutes(app: FastifyInstance, deps: AtiDeps): void {
  const { atiAuthenticator: authenticator, proxyContextFor } = deps;
  app.get('/health', { config: { atiShape: 'error' } }, async (request) => {
    const caller = await authenticator.findCounted(request.headers);
    const counts = await countVisible(caller && proxyContextFor(request, caller));
    return {
      ...{ status: 'ok', version: serverInfo.version, ...counts },
      auth: authenticator.mode === 'open' ? 'disabled' : 'jwt',
    };
  });
  app.get('/.well-known/jwks.json', { config: { atiShape: 'error' } }, async (_, reply) =>
    authenticator.jwks
      ? authenticator.jwks
      : reply.code(404).send({ error: 'JWKS not configured' }),
  );
}

export const publicPaths = ['/health', '/.well-known/jwks.json'];
