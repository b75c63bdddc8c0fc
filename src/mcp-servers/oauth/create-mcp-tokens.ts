import type { EntityManager } from '@mikro-orm/postgresql';
import type { Clock } from '../../context.js';
import type { Sealer } from '../../credentials/sealer.js';
import { AppError } from '../../errors.js';
import { RecentMap } from '../../lib/recent-map.js';
import type { Logger } from '../../logger.js';
import type { HttpClient } from '../../upstream/http-client.js';
import {
  type BearerChallenge,
  parseBearerChallenge,
} from '../../upstream/oauth/parse-challenge.js';
import { settledBefore } from '../../upstream/settled-before.js';
import { askPerson, refuseKnown } from './ask-person.js';
import { createRenewals, type Renewals } from './create-renewals.js';
import type { McpServerKey, McpTokenRequest, McpTokens } from './mcp-tokens.js';
import { isRefused, type OpenTokenRow, openTokenRow, tokensOf } from './open-token-row.js';
import { type AuthorizationPlan, planAuthorization } from './plan-authorization.js';
import { grantOf } from './renew-tokens.js';
import { findTokenRow } from './token-row.queries.js';

export type McpTokensOptions = {
  http: Pick<HttpClient, 'send'>;
  fork(): EntityManager;
  sealer: Sealer;
  clock: Clock;
  logger: Logger;
  /** Bound on one request to an authorization server. */
  timeoutMs?: number;
  /** How long a process that died may keep others from renewing a server's tokens. */
  leaseMs?: number;
  /** How long an access token, or that there is none, is relied on without another look at the row. */
  rememberMs?: number;
};

type Remembered = { header: string | null; readAt: number; usableUntil: number };

const maxRemembered = 10_000;
/** Each further look follows a change of the row's tokens. */
const maxLooks = 5;

/**
 * Authorizes requests to MCP servers with the tokens of their rows, and renews those once across all processes of the
 * database. Disposing waits for renewals that are under way, whose tokens would be lost otherwise.
 */
export function createMcpTokens({
  timeoutMs = 10_000,
  leaseMs = 30_000,
  rememberMs = 1_000,
  ...parts
}: McpTokensOptions): McpTokens & AsyncDisposable {
  const { fork, sealer, clock } = parts;
  const remembered = new RecentMap<string, Remembered>(maxRemembered);
  const looking = new Map<string, Promise<string | null>>();
  const renewals = createRenewals({ ...parts, timeoutMs, leaseMs });

  function remember(server: McpServerKey, row: OpenTokenRow, header: string | null) {
    const usableUntil = (header === null ? null : row.expiresAt) ?? Number.POSITIVE_INFINITY;
    remembered.set(keyOf(server), { header, readAt: performance.now(), usableUntil });
    return header;
  }

  /** Undefined where nothing is known any more. */
  function recall(key: string, { stale, challenge }: McpTokenRequest): string | null | undefined {
    const known = remembered.get(key);
    if (!known || challenge !== null) return undefined;
    if (stale !== null && known.header === stale) return undefined;
    if (performance.now() - known.readAt > rememberMs) return undefined;
    return clock.now().getTime() < known.usableUntil ? known.header : undefined;
  }

  /** First requests that come while the row is looked at share what comes of it. */
  function obtainShared(
    key: string,
    server: McpServerKey,
    request: McpTokenRequest,
  ): Promise<string | null> {
    if (request.stale !== null || request.challenge !== null) return obtain(server, request);
    const known = looking.get(key);
    if (known) return known;
    const look = obtain(server, request).finally(() => looking.delete(key));
    looking.set(key, look);
    return look;
  }

  async function obtain(server: McpServerKey, request: McpTokenRequest): Promise<string | null> {
    const challenge = request.challenge === null ? null : parseBearerChallenge(request.challenge);
    let { stale } = request;
    let isRenewed = false;
    for (let look = 0; look < maxLooks; look += 1) {
      const found = await findTokenRow(fork(), server);
      if (!found) throw new AppError('NOT_FOUND', `There is no MCP server ${server.id}.`);
      const row = openTokenRow(sealer, found);
      const plan = planFor(row, { stale, challenge, now: clock.now().getTime() });
      if (plan === 'none') return remember(server, row, null);
      // Tokens that came a moment ago are used, however short their life.
      const isNew = isRenewed && row.header !== null && row.header !== stale;
      if (plan === 'use' || isNew) return remember(server, row, row.header);
      const renewed = await take(plan, { renewals, parts, server, row, challenge });
      if (renewed === 'keep') return row.header;
      stale ??= row.header;
      isRenewed = true;
    }
    throw new AppError(
      'CONFLICT',
      `The tokens of the MCP server ${server.id} change all the time.`,
    );
  }

  return {
    authorize: async (server, request) => {
      request.signal.throwIfAborted();
      const key = keyOf(server);
      const known = recall(key, request);
      if (known !== undefined) return known;
      return settledBefore(request.signal, obtainShared(key, server, request));
    },
    [Symbol.asyncDispose]: () => renewals[Symbol.asyncDispose](),
  };
}

function keyOf({ tenant, id }: McpServerKey): string {
  return JSON.stringify([tenant, id]);
}

function planFor(
  row: OpenTokenRow,
  {
    stale,
    challenge,
    now,
  }: { stale: string | null; challenge: BearerChallenge | null; now: number },
): AuthorizationPlan {
  const wantsMoreScope = challenge?.error === 'insufficient_scope';
  return planAuthorization({
    header: row.header,
    endsInMs: row.expiresAt === null ? null : row.expiresAt - now,
    lifetimeSeconds: tokensOf(row)?.lifetimeSeconds ?? null,
    stale,
    isChallenged: challenge !== null,
    wantsMoreScope,
    isRenewable: grantOf(row, { moreScope: false }) !== null,
    isEndpointKnown: row.tokenUrl !== null || row.oauth.discovered !== null,
  });
}

type Step = {
  renewals: Renewals;
  parts: Pick<McpTokensOptions, 'fork' | 'clock'>;
  server: McpServerKey;
  row: OpenTokenRow;
  challenge: BearerChallenge | null;
};

/** `changed`: the row has other tokens now; `keep`: the stored one serves until others are to be had. */
async function take(
  plan: Exclude<AuthorizationPlan, 'use' | 'none'>,
  { renewals, parts, server, row, challenge }: Step,
): Promise<'changed' | 'keep'> {
  const moreScope = plan === 'step-up';
  const grant = plan === 'person' ? null : grantOf(row, { moreScope });
  const wanted = moreScope ? (challenge?.scopes ?? []) : null;
  const isKnown = isRefused(row, wanted);
  if (plan === 'try-renew' && isKnown) return 'keep';
  if (isKnown) throw refuseKnown(row);
  const held = tokensOf(row)?.scopes ?? [];
  const isHeld = moreScope && (wanted ?? []).every((scope) => held.includes(scope));
  if (grant === null || isHeld) {
    const reason = moreScope ? 'scope' : 'missing';
    throw await askPerson(parts, server, { row, reason, challenge, oauth: row.oauth });
  }
  try {
    await renewals.renew(server, row, { grant, challenge });
    return 'changed';
  } catch (error) {
    if (plan === 'try-renew' && error instanceof AppError) return 'keep';
    throw error;
  }
}
