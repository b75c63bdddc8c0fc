import type { JWTPayload } from 'jose';
import { AppError } from '../../errors.js';
import { identityProblem } from '../identity.js';
import type { CallOrigin } from './ati-caller.js';
import { parseRates, type RateRule } from './parse-rates.js';

/** What a token of the proxy says. */
export type AtiClaims = {
  subject: string;
  scopes: string[];
  rates: RateRule[];
  origin: CallOrigin;
  expiresAt: Date;
  /** Null where the token names none. */
  tenant: string | null;
  app: string | null;
  agentId: string | null;
};

const maxTextLength = 200;

/** Throws UNAUTHENTICATED naming the claim that is missing or of the wrong shape. */
export function readAtiClaims(
  claims: JWTPayload,
  names: { tenantClaim: string; appClaim: string },
): AtiClaims {
  const { sub, exp, iat, scope } = claims;
  if (typeof sub !== 'string' || sub === '')
    throw refusal('sub', 'must be a string that names the agent');
  // The audience was compared before; a list is not in the protocol.
  if (typeof claims.aud !== 'string') throw refusal('aud', 'must be one string');
  if (!isTime(iat)) throw refusal('iat', 'must be a whole number of seconds');
  if (!isTime(exp)) throw refusal('exp', 'must be a whole number of seconds');
  if (typeof scope !== 'string') throw refusal('scope', 'must be a string, which may be empty');
  return {
    subject: sub,
    scopes: scope.split(/\s+/).filter(Boolean),
    rates: ratesOf(claims.ati),
    origin: { jobId: textOf(claims, 'job_id'), sandboxId: textOf(claims, 'sandbox_id') },
    expiresAt: new Date(exp * 1000),
    tenant: identityOf(claims, names.tenantClaim),
    app: identityOf(claims, names.appClaim),
    agentId: textOf(claims, 'agent_id'),
  };
}

function ratesOf(ati: unknown): RateRule[] {
  if (ati === undefined || ati === null) return [];
  if (typeof ati !== 'object' || Array.isArray(ati)) throw refusal('ati', 'must be an object');
  const { v, rate } = ati as { v?: unknown; rate?: unknown };
  if (!Number.isInteger(v)) throw refusal('ati', 'must have the version "v", a whole number');
  const parsed = parseRates(rate);
  if ('problem' in parsed) throw refusal('ati.rate', parsed.problem);
  return parsed.rules;
}

function isTime(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}

function textOf(claims: JWTPayload, name: string): string | null {
  const value = Object.hasOwn(claims, name) ? claims[name] : null;
  if (value === null || value === undefined) return null;
  if (typeof value !== 'string') throw refusal(name, 'must be a string');
  if (value === '' || value.length > maxTextLength) {
    throw refusal(name, `must have 1 to ${maxTextLength} characters`);
  }
  if (/\p{Cc}/u.test(value) || !value.isWellFormed()) {
    throw refusal(name, 'must not contain control characters');
  }
  return value;
}

function identityOf(claims: JWTPayload, name: string): string | null {
  const value = textOf(claims, name);
  const problem = value === null ? null : identityProblem(value);
  if (problem !== null) throw refusal(name, problem);
  return value;
}

function refusal(claim: string, problem: string): AppError {
  return new AppError('UNAUTHENTICATED', `The "${claim}" claim of the token ${problem}.`);
}
