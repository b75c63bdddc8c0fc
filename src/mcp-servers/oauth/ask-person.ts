import { writeCatalog } from '../../changes/write-catalog.js';
import type { Actor } from '../../context.js';
import { AppError } from '../../errors.js';
import type { BearerChallenge } from '../../upstream/oauth/parse-challenge.js';
import type { McpTokensOptions } from './create-mcp-tokens.js';
import type { McpServerKey } from './mcp-tokens.js';
import type { OpenTokenRow } from './open-token-row.js';
import type { StoredOauth } from './stored-oauth.js';
import { markNeedsReauth } from './token-row.queries.js';

/** `missing`: nothing is stored that would do; `refused`: the authorization server said no; `scope`: more is needed. */
type Reason = 'missing' | 'refused' | 'scope';

const how = 'Start it with beginMcpAuthorization, or store other tokens.';

/**
 * Marks the server as NEEDS_REAUTH, once for its tokens, with a change event; nothing is asked with these tokens again.
 * Gives what to throw.
 */
export async function askPerson(
  { fork, clock }: Pick<McpTokensOptions, 'fork' | 'clock'>,
  { tenant, id }: McpServerKey,
  {
    row,
    reason,
    challenge,
    oauth,
    error = null,
  }: {
    row: OpenTokenRow;
    reason: Reason;
    challenge: BearerChallenge | null;
    oauth: StoredOauth;
    /** The code that the authorization server refused with. */
    error?: string | null;
  },
): Promise<AppError> {
  const scopes = challenge?.scopes ?? [];
  const message = sentenceOf(reason, { scopes, error });
  const marked: StoredOauth = {
    ...oauth,
    challenge: challenge
      ? { scopes, resourceMetadata: challenge.resourceMetadata }
      : oauth.challenge,
    refused: { version: row.version, scopes: reason === 'scope' ? scopes : null },
  };
  await writeCatalog({ em: fork(), clock, actor: ofTenant(tenant) }, async ({ em, record }) => {
    const key = { tenant, id, version: row.version };
    if (await markNeedsReauth(em, key, { message, oauth: marked })) {
      await record({ kind: 'MCP_SERVER_UPDATED', mcpServerId: id });
    }
  });
  return needsPerson(message);
}

/** What to throw where the row says already that a person has to authorize. */
export function refuseKnown({ oauth: { refused } }: OpenTokenRow): AppError {
  return needsPerson(
    refused?.scopes
      ? sentenceOf('scope', { scopes: refused.scopes, error: null })
      : `The MCP server has to be authorized by a person. ${how}`,
  );
}

/** Who writes when nobody asked for it: the service itself, within one tenant. */
export function ofTenant(tenant: string): Actor {
  return { tenant, app: null, subject: null, scopes: new Set(), expiresAt: null };
}

function sentenceOf(
  reason: Reason,
  { scopes, error }: { scopes: readonly string[]; error: string | null },
): string {
  if (reason === 'missing') return `The MCP server asks for authorization. ${how}`;
  if (reason === 'scope') {
    const named = scopes.length > 0 ? ` (${scopes.slice(0, 20).join(', ')})` : '';
    return `The MCP server asks for a token that may do more${named}. ${how}`;
  }
  const code = error === null ? '' : ` (${error})`;
  return `The authorization server does not accept the stored tokens any more${code}. ${how}`;
}

function needsPerson(message: string): AppError {
  return new AppError('NOT_CONFIGURED', message, { needsAuthorization: true });
}
