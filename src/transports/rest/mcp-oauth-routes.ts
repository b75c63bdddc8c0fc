import type { FastifyInstance, FastifyReply } from 'fastify';
import { AppError } from '../../errors.js';
import { clientMetadataDocument } from '../../mcp-servers/oauth/client-metadata.js';
import { finishMcpAuthorization } from '../../mcp-servers/oauth/finish-mcp-authorization.js';
import { httpStatusOf } from '../error-table.js';
import { queryText } from './read-request.js';
import type { RestDeps } from './rest-deps.js';

const callback = '/mcp-servers/oauth/callback';

/** Where browsers come back to after an authorization, and what authorization servers read of us. */
export function registerMcpOauthRoutes(
  app: FastifyInstance,
  { publicContext, logger }: Pick<RestDeps, 'publicContext' | 'logger'>,
): void {
  // Nobody but the person's browser may spend the state: a HEAD is a preview.
  app.get(
    callback,
    { exposeHeadRoute: false, config: { isPublic: true } },
    async (request, reply) => {
      try {
        await finishMcpAuthorization(
          { ...publicContext(), actor: null },
          {
            state: queryText(request, 'state') ?? '',
            code: queryText(request, 'code'),
            iss: queryText(request, 'iss'),
            error: queryText(request, 'error'),
          },
        );
        return sendPage(reply, 200, {
          title: 'The MCP server is authorized',
          text: 'You can close this page.',
        });
      } catch (error) {
        const isExpected = error instanceof AppError && error.code !== 'INTERNAL';
        if (!isExpected) logger.error({ err: error, requestId: request.id }, 'A callback failed');
        return sendPage(reply, isExpected ? httpStatusOf(error) : 500, {
          title: 'The MCP server was not authorized',
          text: isExpected ? error.message : `Internal error (${request.id}).`,
        });
      }
    },
  );

  app.get('/mcp-servers/oauth/client-metadata', { config: { isPublic: true } }, (_, reply) => {
    const document = clientMetadataDocument(publicContext().mcp);
    if (document) return reply.header('cache-control', 'public, max-age=3600').send(document);
    throw new AppError('NOT_FOUND', 'There is no client metadata without an https MCP_PUBLIC_URL.');
  });
}

const policy = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'";

/** Loads nothing and hands nothing on: the URL of this page has a code in it. */
function sendPage(
  reply: FastifyReply,
  status: number,
  { title, text }: { title: string; text: string },
): FastifyReply {
  const page = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}</title>
<style>body { font: 1rem/1.5 system-ui, sans-serif; max-width: 36rem; margin: 15vh auto; padding: 0 1rem }</style>
</head>
<body>
<h1>${escapeHtml(title)}</h1>
<p>${escapeHtml(text)}</p>
</body>
</html>
`;
  return reply
    .code(status)
    .headers({
      'cache-control': 'no-store',
      'content-security-policy': policy,
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
    })
    .type('text/html; charset=utf-8')
    .send(page);
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
