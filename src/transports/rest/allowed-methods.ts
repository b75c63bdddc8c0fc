import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { HttpRefusal } from './refusals.js';

type KnownRoute = { pattern: RegExp; methods: Set<string> };

/** Notes every route that is registered from now on, and answers for requests that match none: 405 with `Allow`, else 404. */
export function watchRoutes(app: FastifyInstance) {
  const routes = new Map<string, KnownRoute>();
  app.addHook('onRoute', ({ url, method }) => {
    const route = routes.get(url) ?? { pattern: patternOf(url), methods: new Set() };
    for (const one of [method].flat()) route.methods.add(one);
    routes.set(url, route);
  });

  /** Answers OPTIONS (RFC 9110 section 9.3.7); throws for everything else. */
  return function refuseUnmatched(request: FastifyRequest, reply: FastifyReply): FastifyReply {
    const path = request.url.split('?')[0] ?? '';
    const matching = [...routes.values()].filter(({ pattern }) => pattern.test(path));
    const allowed = [...new Set(matching.flatMap(({ methods }) => [...methods]))].sort();
    if (allowed.length === 0) {
      throw new HttpRefusal(404, `There is no route ${request.method} ${path}.`);
    }
    const allow = allowed.join(', ');
    if (request.method === 'OPTIONS') return reply.code(204).header('allow', allow).send();
    throw new HttpRefusal(405, `${path} does not take ${request.method}. It takes ${allow}.`, {
      allow,
    });
  };
}

function patternOf(url: string): RegExp {
  const segments = url
    .split('/')
    .map((segment) => (segment.startsWith(':') ? '[^/]+' : segment.replaceAll('.', '\\.')));
  return new RegExp(`^${segments.join('/')}$`);
}
