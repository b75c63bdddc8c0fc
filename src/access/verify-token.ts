import { errors, type JWTPayload, type JWTVerifyGetKey, jwtVerify } from 'jose';
import type { AuthConfig } from '../config-types.js';
import type { Clock } from '../context.js';
import { AppError } from '../errors.js';

const defaultLeewaySeconds = 30;

/** What a token is held against; `leewaySeconds` of its times, 30 unless told. */
export type VerifyRules = Pick<AuthConfig, 'algorithms' | 'audience' | 'issuer'> & {
  leewaySeconds?: number;
};

/**
 * The claims of a token whose signature, algorithm, lifetime, audience and issuer hold (RFC 7519, RFC 8725).
 * Throws UNAUTHENTICATED with the reason, or UPSTREAM_* when the keys cannot be fetched.
 */
export async function verifyToken(
  token: string,
  findKey: JWTVerifyGetKey,
  auth: VerifyRules,
  clock: Clock,
): Promise<JWTPayload & { exp: number }> {
  try {
    const { payload } = await jwtVerify(token, findKey, {
      algorithms: [...auth.algorithms],
      ...(auth.audience && { audience: [...auth.audience] }),
      ...(auth.issuer && { issuer: auth.issuer }),
      requiredClaims: ['exp'],
      clockTolerance: auth.leewaySeconds ?? defaultLeewaySeconds,
      currentDate: clock.now(),
    });
    // `requiredClaims` above guarantees `exp`.
    return payload as JWTPayload & { exp: number };
  } catch (error) {
    if (error instanceof AppError) throw error;
    throw new AppError('UNAUTHENTICATED', reasonOf(error), {}, { cause: error });
  }
}

function reasonOf(error: unknown): string {
  if (error instanceof errors.JWTExpired) return 'The token has expired.';
  if (error instanceof errors.JWTClaimValidationFailed) {
    return error.reason === 'missing'
      ? `The token has no "${error.claim}" claim.`
      : `The "${error.claim}" claim of the token is not accepted here.`;
  }
  if (error instanceof errors.JOSEAlgNotAllowed) {
    return 'The token is signed with an algorithm that is not accepted here.';
  }
  if (
    error instanceof errors.JWKSNoMatchingKey ||
    error instanceof errors.JWKSMultipleMatchingKeys
  ) {
    return 'The token is signed with a key that is not known here.';
  }
  if (error instanceof errors.JWSSignatureVerificationFailed) {
    return 'The signature of the token does not verify.';
  }
  return 'The token is not a valid JWT.';
}
