import type { FastifyRequest } from 'fastify';
import type { Context } from '../../context.js';
import type { Logger } from '../../logger.js';
import type { OauthContext } from '../../mcp-servers/oauth/oauth-context.js';

/** What the REST transport needs of the application. */
export type RestDeps = {
  /** Who asks, with a manager of its own. Throws INVALID_INPUT (`details.header`), UNAUTHENTICATED or FORBIDDEN. */
  contextFor(request: FastifyRequest): Promise<Context>;
  /** What a request may use that nobody has to authenticate. */
  publicContext(): OauthContext;
  limits: {
    /** Of a request that carries no document. */
    maxBodyBytes: number;
    /** Of a request that carries a document, and of an uploaded file. */
    maxDocumentBytes: number;
  };
  logger: Logger;
};

/** What a route takes: nothing, a JSON object, a document (or a JSON object around one), or an uploaded file. */
export type RestBody = 'none' | 'json' | 'document' | 'file';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Absent = no body. */
    restBody?: RestBody;
    /** No tenant is needed. */
    isPublic?: boolean;
  }
}

const contexts = new WeakMap<FastifyRequest, Context>();

/** Called once for each request that is not public, before its body is read. */
export async function openContext(deps: RestDeps, request: FastifyRequest): Promise<void> {
  contexts.set(request, await deps.contextFor(request));
}

export function contextOf(request: FastifyRequest): Context {
  const ctx = contexts.get(request);
  if (!ctx) throw new Error('A public route asked for the context of a tenant.');
  return ctx;
}
