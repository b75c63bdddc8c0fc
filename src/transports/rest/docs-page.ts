import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { pathText } from './read-request.js';
import { HttpRefusal } from './refusals.js';

type Asset = { type: string; load(): Promise<Buffer> };
type Loaded = { body: Buffer; etag: string };

// Links have no leading slash: they hold under /tools and behind any prefix before it.
const page = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Toolgraph REST</title>
<link rel="icon" href="docs/favicon.png">
<link rel="stylesheet" href="docs/swagger-ui.css">
</head>
<body>
<div id="docs"></div>
<noscript>This page needs JavaScript. The document itself is <a href="openapi.json">openapi.json</a>.</noscript>
<script src="docs/swagger-ui-bundle.js"></script>
<script src="docs/start.js"></script>
</body>
</html>
`;

const start = `SwaggerUIBundle({
  url: 'openapi.json',
  dom_id: '#docs',
  deepLinking: true,
  displayRequestDuration: true,
  tryItOutEnabled: true,
  validatorUrl: null,
});
`;

const assets: Record<string, Asset> = {
  'swagger-ui.css': { type: 'text/css; charset=utf-8', load: () => bundled('swagger-ui.css') },
  'swagger-ui-bundle.js': {
    type: 'text/javascript; charset=utf-8',
    load: () => bundled('swagger-ui-bundle.js'),
  },
  'favicon.png': { type: 'image/png', load: () => bundled('favicon-32x32.png') },
  'start.js': { type: 'text/javascript; charset=utf-8', load: async () => Buffer.from(start) },
};

// Swagger UI draws its icons from data: URLs and sets style attributes; nothing comes from elsewhere.
const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** A browsable page over `openapi.json`, made of files of this installation alone. */
export function registerDocsPage(app: FastifyInstance): void {
  const loaded = new Map<string, Promise<Loaded>>();
  const isPublic = { config: { isPublic: true } };

  app.get('/docs', isPublic, (request, reply) => {
    reply.header('content-security-policy', policy).header('referrer-policy', 'no-referrer');
    return send(request, reply, 'text/html; charset=utf-8', withTag(Buffer.from(page)));
  });

  app.get('/docs/', isPublic, (_request, reply) => reply.redirect('../docs', 308));

  app.get('/docs/:file', isPublic, async (request, reply) => {
    const file = pathText(request, 'file');
    const asset = Object.hasOwn(assets, file) ? assets[file] : undefined;
    if (!asset) throw new HttpRefusal(404, `There is no file "${file}" of the documentation.`);
    const content = loaded.get(file) ?? asset.load().then(withTag);
    loaded.set(file, content);
    return send(request, reply, asset.type, await content);
  });
}

function bundled(file: string): Promise<Buffer> {
  return readFile(new URL(file, import.meta.resolve('swagger-ui-dist/package.json')));
}

function withTag(body: Buffer): Loaded {
  const hash = createHash('sha256').update(body).digest('base64url').slice(0, 27);
  return { body, etag: `"${hash}"` };
}

function send(
  request: FastifyRequest,
  reply: FastifyReply,
  type: string,
  { body, etag }: Loaded,
): FastifyReply {
  reply.headers({ etag, 'cache-control': 'no-cache', 'x-content-type-options': 'nosniff' });
  if (request.headers['if-none-match'] === etag) return reply.code(304).send();
  return reply.type(type).send(body);
}
