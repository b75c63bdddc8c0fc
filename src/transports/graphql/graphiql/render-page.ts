import type { PageSettings } from './page/page-settings.js';

/**
 * Nothing comes from another host and no script stands in the page. The editor writes style elements of its own, and
 * its icons and fonts are data: URLs.
 */
export const pagePolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "worker-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "font-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** The page around GraphiQL. */
export function renderPage(settings: PageSettings): string {
  const { files } = settings;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Toolgraph GraphiQL</title>
<link rel="icon" href="${files}/icon.svg">
<link rel="stylesheet" href="${files}/graphiql.css">
<link rel="stylesheet" href="${files}/page.css">
<script defer src="${files}/graphql-ws.js"></script>
<script defer src="${files}/graphiql.js"></script>
<script type="module" src="${files}/start.js"></script>
</head>
<body>
<div id="graphiql" data-settings="${escapeAttribute(JSON.stringify(settings))}"></div>
<noscript>GraphiQL needs JavaScript. GraphQL itself is served here by POST.</noscript>
</body>
</html>
`;
}

function escapeAttribute(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('"', '&quot;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;');
}
