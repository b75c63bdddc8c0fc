import { z } from 'zod';
import { requireScope } from '../../access/require-scope.js';
import { writeCatalog } from '../../changes/write-catalog.js';
import { type Actor, scopes as catalogScopes } from '../../context.js';
import { AppError } from '../../errors.js';
import { parseInput } from '../../lib/parse-input.js';
import type { ClientMethod } from '../../upstream/oauth/client-authentication.js';
import { requireSecureUrl } from '../../upstream/oauth/oauth-url.js';
import { toScopes } from '../../upstream/oauth/parse-challenge.js';
import type { IssuedTokens } from '../../upstream/oauth/request-tokens.js';
import { askForTokens } from './ask-for-tokens.js';
import { ofTenant } from './ask-person.js';
import { toCallbackUrl } from './callback-url.js';
import type { OauthContext } from './oauth-context.js';
import { type OpenTokenRow, openTokenRow } from './open-token-row.js';
import { type PendingAuthorization, takePending } from './pending-authorization.queries.js';
import { endpointOf } from './renew-tokens.js';
import { parseStoredOauth } from './stored-oauth.js';
import { findTokenRow, storeAuthorization } from './token-row.queries.js';

const text = z.string().max(8_192, 'has more than 8192 characters.');

export const FinishMcpAuthorizationInput = z.object({
  state: text.min(1, 'is missing.'),
  code: text.nullish(),
  iss: text.nullish(),
  error: text.nullish(),
});
export type FinishMcpAuthorizationInput = z.input<typeof FinishMcpAuthorizationInput>;

type FinishContext = OauthContext & {
  /** Null for the callback, where the state is all that authenticates. */
  actor: Actor | null;
};

const timeoutMs = 10_000;

/**
 * Ends an authorization that `beginMcpAuthorization` began: exchanges the code for tokens and stores them, with a change
 * event. A state works once, whatever comes of it. Throws NOT_FOUND for a state that is not known (to the actor's tenant),
 * FORBIDDEN when the answer comes from another issuer (RFC 9207), UPSTREAM_FAILED when the authorization was refused.
 */
export async function finishMcpAuthorization(
  ctx: FinishContext,
  raw: FinishMcpAuthorizationInput,
): Promise<{ tenant: string; serverId: string }> {
  if (ctx.actor) requireScope(ctx.actor, catalogScopes.write);
  const { state, code, iss, error } = parseInput(FinishMcpAuthorizationInput, raw);
  const pending = await takePending(ctx.em, ctx.sealer, {
    state,
    now: ctx.clock.now(),
    tenant: ctx.actor?.tenant ?? null,
    redirectUri: toCallbackUrl(ctx.mcp),
  });
  if (!pending) throw unknownState();
  requireIssuer(pending, iss ?? null);
  if (error != null) throw refused(pending, /^[a-z_]{1,40}$/.test(error) ? error : null);
  if (!code) throw new AppError('INVALID_INPUT', 'code: is missing from the callback.');
  const { tenant, serverId } = pending;
  const row = await requireSameServer(ctx, pending);
  const { tokens, method } = await exchange(ctx, row, { ...pending, code });
  await store(ctx, { ...pending, client: { ...pending.client, method } }, tokens);
  return { tenant, serverId };
}

/** RFC 9207, section 2.4: simple string comparison. Guards against mix-up (RFC 9700, section 4.4). */
function requireIssuer({ discovered }: PendingAuthorization, iss: string | null): void {
  const { issuer, namesItselfInCallbacks } = discovered.issuer;
  if (iss === issuer || (iss === null && !namesItselfInCallbacks)) return;
  throw new AppError(
    'FORBIDDEN',
    'The answer does not come from the authorization server that was asked. Begin again.',
  );
}

async function requireSameServer(
  { em, sealer }: FinishContext,
  { tenant, serverId, discovered, client }: PendingAuthorization,
): Promise<OpenTokenRow> {
  const found = await findTokenRow(em, { tenant, id: serverId });
  const row = found && openTokenRow(sealer, found);
  const isSame = row?.serverUrl === discovered.serverUrl;
  const isSameClient = client.source !== 'given' || row?.client?.id === client.id;
  if (row && isSame && isSameClient) return row;
  throw new AppError(
    'CONFLICT',
    'The MCP server was changed or removed while it was being authorized. Begin again.',
  );
}

async function exchange(
  { mcp }: FinishContext,
  row: OpenTokenRow,
  pending: PendingAuthorization & { code: string },
): Promise<{ tokens: IssuedTokens; method: ClientMethod }> {
  const { client, clientSecret, discovered, redirectUri, code, verifier } = pending;
  const isGiven = client.source === 'given';
  const secret = isGiven ? (row.client?.secret ?? null) : clientSecret;
  const used = { ...client, secret };
  const endpoint = endpointOf({ tokenUrl: row.tokenUrl, client: used }, { discovered }) ?? '';
  const { answer, method } = await askForTokens(mcp.http, {
    tokenUrl: requireSecureUrl(endpoint, 'The token endpoint', new URL(row.serverUrl).origin),
    client: used,
    isMethodKnown: discovered.issuer.authMethods !== null,
    form: {
      grant_type: 'authorization_code',
      code,
      redirect_uri: redirectUri,
      code_verifier: verifier,
      resource: discovered.resource,
    },
    audience: discovered.issuer.issuer,
    timeoutMs,
  });
  if (answer.kind === 'refused') throw refused(pending, answer.error);
  return { tokens: answer.tokens, method };
}

async function store(
  { em, clock, sealer }: FinishContext,
  pending: PendingAuthorization,
  tokens: IssuedTokens,
): Promise<void> {
  const { tenant, serverId: id, client, clientSecret, discovered, scopes } = pending;
  const seal = (secret: string | null) => (secret === null ? null : sealer.seal(secret));
  const now = clock.now();
  const { expiresInSeconds } = tokens;
  await writeCatalog({ em, clock, actor: ofTenant(tenant) }, async ({ em: inside, record }) => {
    const isStored = await storeAuthorization(
      inside,
      { tenant, id, now },
      {
        accessToken: sealer.seal(tokens.accessToken),
        refreshToken: seal(tokens.refreshToken),
        expiresAt:
          expiresInSeconds === null ? null : new Date(now.getTime() + expiresInSeconds * 1_000),
        clientSecret: client.source === 'given' ? 'keep' : { sealed: seal(clientSecret) },
        toOauth: (version) => ({
          ...parseStoredOauth({}),
          discovered,
          client,
          tokens: {
            version,
            grant: 'authorization_code',
            scopes: [...new Set([...scopes, ...toScopes(tokens.scope ?? '')])],
            lifetimeSeconds: expiresInSeconds,
          },
        }),
      },
    );
    if (isStored) await record({ kind: 'MCP_SERVER_UPDATED', mcpServerId: id });
  });
}

function refused({ discovered }: PendingAuthorization, error: string | null): AppError {
  const { host } = new URL(discovered.issuer.issuer);
  const code = error === null ? '' : ` (${error})`;
  return new AppError(
    'UPSTREAM_FAILED',
    `The authorization server at "${host}" refused the authorization${code}. Begin again.`,
    { host },
  );
}

function unknownState(): AppError {
  return new AppError(
    'NOT_FOUND',
    'This authorization is not known: it was finished already, took longer than ten minutes, or was begun elsewhere. Begin again.',
  );
}
