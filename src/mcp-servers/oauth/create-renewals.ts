import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { AppError } from '../../errors.js';
import { RecentMap } from '../../lib/recent-map.js';
import type { BearerChallenge } from '../../upstream/oauth/parse-challenge.js';
import { askPerson, refuseKnown } from './ask-person.js';
import type { McpTokensOptions } from './create-mcp-tokens.js';
import type { McpServerKey } from './mcp-tokens.js';
import { isRefused, type OpenTokenRow, openTokenRow } from './open-token-row.js';
import { type Renewal, renewTokens } from './renew-tokens.js';
import {
  findTokenRow,
  type Lease,
  releaseLease,
  type SealedTokens,
  saveTokens,
  type TokenRow,
  takeLease,
} from './token-row.queries.js';

type Need = { grant: 'refresh_token' | 'client_credentials'; challenge: BearerChallenge | null };

export interface Renewals extends AsyncDisposable {
  /**
   * Resolves once the row has other tokens than those of `row`, whoever got them. Throws NOT_CONFIGURED when they are
   * refused, or what keeps the authorization server from answering.
   */
  renew(server: McpServerKey, row: OpenTokenRow, need: Need): Promise<void>;
}

type Options = McpTokensOptions & { timeoutMs: number; leaseMs: number };

const firstPauseMs = 20;
const maxPauseMs = 250;
const saveAttempts = 3;
const maxUnsaved = 1_000;
/** The part of a lease within which requests are made: the rest is for storing what came. */
const usableLease = 0.8;

/** Renewals of this process: one at a time for a server's tokens, under a lease that all processes heed. */
export function createRenewals(options: Options): Renewals {
  const { fork, http, sealer, timeoutMs, leaseMs, logger } = options;
  const running = new Map<string, Promise<void>>();
  /** Tokens that came while the database did not take them: nothing else opens the server any more. */
  const unsaved = new RecentMap<string, SealedTokens>(maxUnsaved);

  async function renewWithLease(server: McpServerKey, version: string, need: Need): Promise<void> {
    const lease = { ...server, version, owner: randomUUID() };
    const taken = await waitForLease(options, lease);
    if (!taken) return;
    const endsAt = performance.now() + leaseMs * usableLease;
    try {
      const row = openTokenRow(sealer, taken);
      if (isRefused(row, null)) throw refuseKnown(row);
      const key = keyOf(server, version);
      const sealed = unsaved.get(key) ?? (await ask(server, row, { ...need, endsAt }));
      if (sealed === null) return;
      unsaved.set(key, sealed);
      await save(lease, sealed);
      unsaved.delete(key);
    } catch (error) {
      await releaseLease(fork(), lease).catch((cause: unknown) => {
        logger.warn({ err: cause, server: server.id }, 'A lease on tokens was not given back.');
      });
      throw error;
    }
  }

  async function ask(
    server: McpServerKey,
    row: OpenTokenRow,
    need: Need & { endsAt: number },
  ): Promise<SealedTokens | null> {
    const renewal = await renewTokens({ http: until(http, need.endsAt), timeoutMs }, row, need);
    if (renewal.kind === 'issued') return seal(options, row, renewal);
    const { oauth, error } = renewal;
    const refusal = { row, reason: 'refused', challenge: need.challenge, oauth, error } as const;
    const thrown = await askPerson(options, server, refusal);
    const now = await findTokenRow(fork(), server);
    if (now && now.token_version !== row.version) return null;
    throw thrown;
  }

  async function save({ tenant, id, version }: Lease, sealed: SealedTokens): Promise<void> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        await saveTokens(fork(), { tenant, id, version }, sealed);
        return;
      } catch (error) {
        if (attempt === saveAttempts) throw error;
        await pause(maxPauseMs);
      }
    }
  }

  return {
    renew: (server, { version }, need) => {
      const scopes = need.challenge?.scopes.join(' ') ?? '';
      const key = `${keyOf(server, version)} ${scopes}`;
      const known = running.get(key);
      if (known) return known;
      const started = renewWithLease(server, version, need).finally(() => running.delete(key));
      running.set(key, started);
      return started;
    },
    [Symbol.asyncDispose]: async () => {
      await Promise.allSettled(running.values());
    },
  };
}

function keyOf({ tenant, id }: McpServerKey, version: string): string {
  return JSON.stringify([tenant, id, version]);
}

/** The row under our lease; null once its tokens have changed. */
async function waitForLease({ fork, leaseMs }: Options, lease: Lease): Promise<TokenRow | null> {
  const giveUpAt = performance.now() + 2 * leaseMs;
  for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(2 * pauseMs, maxPauseMs)) {
    const taken = await takeLease(fork(), lease, leaseMs);
    if (taken) return taken;
    const row = await findTokenRow(fork(), lease);
    if (!row || row.token_version !== lease.version) return null;
    if (performance.now() > giveUpAt) throw tooLong(lease);
    await pause(pauseMs);
  }
}

/** Requests end while the lease lasts: what comes later might meet tokens that another process got. */
function until(http: Options['http'], endsAt: number): Options['http'] {
  return {
    send: async (request) => {
      const leftMs = Math.max(1, Math.floor(endsAt - performance.now()));
      return http.send({ ...request, timeoutMs: Math.min(request.timeoutMs ?? leftMs, leftMs) });
    },
  };
}

function seal(
  { sealer, clock }: Options,
  row: OpenTokenRow,
  { tokens, oauth }: Extract<Renewal, { kind: 'issued' }>,
): SealedTokens {
  // A client renews its own tokens by its secret: RFC 6749, section 4.4.3.
  const isOwn = oauth.tokens?.grant === 'client_credentials';
  const refreshToken = isOwn ? null : (tokens.refreshToken ?? row.refreshToken);
  const { expiresInSeconds } = tokens;
  return {
    accessToken: sealer.seal(tokens.accessToken),
    refreshToken: refreshToken === null ? null : sealer.seal(refreshToken),
    expiresAt:
      expiresInSeconds === null ? null : new Date(clock.now().getTime() + expiresInSeconds * 1_000),
    oauth,
  };
}

function tooLong({ id }: Lease): AppError {
  return new AppError(
    'UPSTREAM_TIMEOUT',
    `Another process renews the tokens of the MCP server ${id} for too long.`,
    { phase: 'headers' },
  );
}
