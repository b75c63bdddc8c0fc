import { createHash } from 'node:crypto';
import { errors, type JWTPayload, jwtVerify } from 'jose';
import { z } from 'zod';
import type { Clock } from '../../context.js';
import { toCanonicalJson } from '../../lib/canonical-json.js';
import type { GrantStore } from '../../messaging/messaging.js';

/** What a grant is held against. */
export type GrantedRequest = {
  /** As it came; empty: none. */
  grant: string;
  userId: string;
  tenant: string;
  toolName: string;
  arguments: Record<string, unknown>;
  /** Of the job that the request asks for: another one may not use the grant. */
  jobId: string;
  /** It was delivered before: a grant that it used then need not last until now. */
  isAgain: boolean;
};

/** What is wrong with the grant of a request, for the log; null: nothing. Throws UPSTREAM_FAILED when nobody can tell. */
export type CheckGrant = (request: GrantedRequest) => Promise<string | null>;

const leewaySeconds = 30;
const maxSeconds = 24 * 60 * 60;
/** Beyond its end, for requests that used it and are delivered again. */
const keepMs = 24 * 60 * 60 * 1000;

const Claims = z.object({
  sub: z.string().min(1),
  tenant_id: z.string().min(1),
  tool: z.string().min(1),
  args_sha256: z.string().regex(/^[0-9a-f]{64}$/, 'expected 64 hexadecimal digits'),
  jti: z.string().min(1).max(200),
  exp: z.number(),
});
type Claims = z.output<typeof Claims>;

/**
 * Checks signed grants: a compact JWS (HS256) by which whoever has the secret lets one user of one tenant call one tool with
 * certain arguments, once, until `exp`.
 */
export function createGrantCheck(options: {
  secret: string;
  grants: GrantStore;
  clock: Clock;
}): CheckGrant {
  const { grants, clock } = options;
  const key = new TextEncoder().encode(options.secret);
  return async (request) => {
    const verified = await verify(request.grant, key, clock.now());
    if ('why' in verified) return verified.why;
    const { claims, isOver } = verified;
    const foreign = findMismatch(claims, request);
    if (foreign) return foreign;
    const leftMs = (claims.exp + leewaySeconds) * 1000 - clock.now().getTime();
    if (leftMs > (maxSeconds + leewaySeconds) * 1000) {
      return 'the grant lasts for more than 24 hours';
    }
    if (isOver && !request.isAgain) return 'the grant has expired';
    const isUsed = await grants.use({
      id: createHash('sha256')
        .update(JSON.stringify([claims.tenant_id, claims.jti]))
        .digest('hex'),
      by: request.jobId,
      keepMs: isOver ? 0 : Math.ceil(leftMs) + keepMs,
    });
    if (isUsed) return null;
    return isOver ? 'the grant has expired' : 'the grant was used for another request';
  };
}

/** SHA-256, hex, of the arguments as RFC 8785 writes them. */
export function grantDigest(value: Record<string, unknown>): string {
  return createHash('sha256').update(toCanonicalJson(value)).digest('hex');
}

async function verify(
  grant: string,
  key: Uint8Array,
  now: Date,
): Promise<{ claims: Claims; isOver: boolean } | { why: string }> {
  if (grant === '') return { why: 'there is no grant' };
  let payload: JWTPayload;
  let isOver = false;
  try {
    const rules = { algorithms: ['HS256'], clockTolerance: leewaySeconds, currentDate: now };
    ({ payload } = await jwtVerify(grant, key, rules));
  } catch (error) {
    if (!(error instanceof errors.JWTExpired)) return { why: 'the grant does not verify' };
    isOver = true;
    payload = error.payload;
  }
  const parsed = Claims.safeParse(payload);
  if (parsed.success) return { claims: parsed.data, isOver };
  const [issue] = parsed.error.issues;
  return { why: `the grant's ${issue?.path.join('.')}: ${issue?.message}` };
}

function findMismatch(claims: Claims, request: GrantedRequest): string | null {
  if (claims.sub !== request.userId) return 'the grant is for another user';
  if (claims.tenant_id !== request.tenant) return 'the grant is for another tenant';
  if (claims.tool !== request.toolName) return 'the grant is for another tool';
  return claims.args_sha256 === grantDigest(request.arguments)
    ? null
    : 'the grant is for other arguments';
}
