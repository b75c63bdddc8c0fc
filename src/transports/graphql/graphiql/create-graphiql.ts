import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { AppError } from '../../../errors.js';
import type { Logger } from '../../../logger.js';
import { firstTabs } from './first-tabs.js';
import { prefersHtml } from './prefers-html.js';
import { type Bundle, readBundle } from './read-bundle.js';
import { pagePolicy, renderPage } from './render-page.js';

/** How a caller says who it is: by a bearer token, or by headers that are trusted. */
export type CallerIdentity = { by: 'token' } | { by: 'headers'; defaultTenant: string | null };

export type Graphiql = {
  /** Adds the page and its files to the scope whose `GET /graphql` answers GraphQL. */
  register(scope: FastifyInstance): void;
};

const decompress = promisify(gunzip);

/** GraphiQL for browsers, made of files of this installation alone; null when it was not built. */
export async function createGraphiql(options: {
  logger: Logger;
  callers: CallerIdentity;
}): Promise<Graphiql | null> {
  const bundle = await readBundle();
  if (!bundle) {
    options.logger.warn('GraphiQL is not built, so it is not served. Run: npm run build');
    return null;
  }
  // No leading slash: the address holds behind any prefix before /graphql.
  const files = `graphql/graphiql/${bundle.version}`;
  const page = renderPage({ files, headers: firstHeaders(options.callers), tabs: firstTabs });
  const etag = `"${createHash('sha256').update(page).digest('base64url').slice(0, 27)}"`;
  return {
    register(scope) {
      scope.addHook('onRequest', async (request, reply) => {
        if (request.method !== 'GET' || request.routeOptions.url !== '/graphql') return;
        reply.header('vary', 'accept');
        if (asksForPage(request)) return sendPage(request, reply, { page, etag });
      });
      scope.get('/graphql/graphiql/:version/:file', (request, reply) =>
        sendFile(bundle, request, reply),
      );
    },
  };
}

/** The tenant is a suggestion; a token has to be filled in. */
function firstHeaders(callers: CallerIdentity): Record<string, string> {
  return callers.by === 'token'
    ? { Authorization: 'Bearer <token>' }
    : { 'x-tenantId': callers.defaultTenant ?? 'demo' };
}

function asksForPage({ query, headers }: FastifyRequest): boolean {
  const isOperation = ['query', 'extensions'].some((name) =>
    Object.hasOwn(query as Record<string, unknown>, name),
  );
  return !isOperation && prefersHtml(headers.accept);
}

function sendPage(
  request: FastifyRequest,
  reply: FastifyReply,
  { page, etag }: { page: string; etag: string },
): FastifyReply {
  reply.headers({
    etag,
    'cache-control': 'no-cache',
    'content-security-policy': pagePolicy,
    'cross-origin-opener-policy': 'same-origin',
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
  });
  if (request.headers['if-none-match'] === etag) return reply.code(304).send();
  return reply.type('text/html; charset=utf-8').send(page);
}

async function sendFile(bundle: Bundle, request: FastifyRequest, reply: FastifyReply) {
  const { version, file: name } = request.params as { version: string; file: string };
  const file = version === bundle.version ? bundle.files.get(name) : undefined;
  if (!file) throw new AppError('NOT_FOUND', `GraphiQL has no file "${name}" of this version.`);
  reply.type(file.type).headers({
    'cache-control': 'public, max-age=31536000, immutable',
    'x-content-type-options': 'nosniff',
    vary: 'accept-encoding',
  });
  if (!acceptsGzip(request.headers['accept-encoding'])) return decompress(file.gzipped);
  reply.header('content-encoding', 'gzip');
  return file.gzipped;
}

function acceptsGzip(accepted: string | string[] | undefined): boolean {
  return /\bgzip\b(?!\s*;\s*q=0(?:\.0*)?\s*(?:,|$))/i.test(String(accepted ?? ''));
}
