import type { ProvidedTool } from '../agents/provided-tools.js';
import { AppError } from '../errors.js';
import { matchesUpstreamUrl, parseUpstreamTemplate } from '../mcp-servers/match-upstream-url.js';
import { query } from '../storage/sql.js';
import type { ProxyTool } from './list-visible-tools.js';
import type { ProxyContext } from './proxy-context.js';

const header = 'X-Ati-Upstream-Url';

/**
 * The URL that this call goes to in place of the MCP server's own; null where the caller asks for none. Throws
 * INVALID_INPUT (400) for a provider that takes none and for what is no URL, FORBIDDEN for one that no template of the
 * server lets through.
 */
export async function findUpstreamUrl(
  ctx: Pick<ProxyContext, 'actor' | 'em'>,
  tool: ProxyTool,
  given: string | null,
): Promise<string | null> {
  const text = given?.trim() ?? '';
  if (text === '') return null;
  const { provider } = tool;
  const templates = tool.kind === 'MCP' ? await readTemplates(ctx, tool) : null;
  if (templates === null) {
    throw badHeader(
      `${header} sent for provider '${provider}' which does not declare upstream URLs`,
    );
  }
  if (templates.length === 0) {
    const hint = 'set upstreamUrls of the MCP server';
    throw forbidden(`Provider '${provider}' has no upstream URL allowlist configured (${hint})`);
  }
  const shown = text.slice(0, 500);
  const url = URL.parse(text);
  if (!url) throw badHeader(`${header} '${shown}' is not a valid URL: expected https://host/path`);
  const isAllowed = templates.some((template) => {
    const parsed = parseUpstreamTemplate(template);
    return parsed !== null && matchesUpstreamUrl(url, parsed);
  });
  if (!isAllowed)
    throw forbidden(`Upstream URL '${shown}' not in provider '${provider}'s allowlist`);
  url.hash = '';
  return url.href;
}

async function readTemplates(
  { em, actor }: Pick<ProxyContext, 'actor' | 'em'>,
  { providerId }: ProvidedTool,
): Promise<string[] | null> {
  const [row] = await query<{ upstreamUrls: string[] | null }>(
    em,
    `select upstream_urls as "upstreamUrls" from mcp_servers where tenant_id = $1 and id = $2::uuid`,
    [actor.tenant, providerId],
  );
  return row?.upstreamUrls ?? null;
}

function badHeader(message: string): AppError {
  return new AppError('INVALID_INPUT', message, { header });
}

function forbidden(message: string): AppError {
  return new AppError('FORBIDDEN', message, { upstreamHeader: header });
}
