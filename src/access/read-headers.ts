import { AppError } from '../errors.js';
import type { RequestHeaders } from './authenticator.js';
import { identityProblem } from './identity.js';

export type IdentityHeader = 'x-tenantId' | 'x-appId' | 'x-agentId';

/**
 * The tenant or application that a request names, trimmed; null when it names none.
 * Throws INVALID_INPUT when the header is malformed or names two different ones.
 */
export function readIdentityHeader(headers: RequestHeaders, name: IdentityHeader): string | null {
  const values = valuesOf(headers, name).flatMap((value) => value.split(','));
  const [first, ...others] = values.map((value) => value.trim());
  if (first === undefined) return null;
  if (others.some((other) => other !== first)) {
    throw new AppError(
      'INVALID_INPUT',
      `The header ${name} must name one value, but names several.`,
      { header: name },
    );
  }
  const problem = identityProblem(first);
  if (problem !== null) {
    throw new AppError('INVALID_INPUT', `The header ${name} ${problem}.`, { header: name });
  }
  return first;
}

/** The token of `Authorization: Bearer` (RFC 6750, section 2.1). Throws UNAUTHENTICATED where there is none. */
export function readBearerToken(headers: RequestHeaders): string {
  const values = valuesOf(headers, 'authorization');
  const token = /^Bearer +([A-Za-z0-9\-._~+/]+=*)$/i.exec(values[0]?.trim() ?? '')?.[1];
  if (values.length === 1 && token !== undefined) return token;
  const found = values.length === 0 ? 'there is none' : 'what it sends is not one';
  throw new AppError(
    'UNAUTHENTICATED',
    `A bearer token is required in the header Authorization ("Bearer …"), but ${found}.`,
  );
}

function valuesOf(headers: RequestHeaders, name: string): string[] {
  const wanted = name.toLowerCase();
  const values: string[] = [];
  for (const key in headers) {
    if (key.length !== wanted.length || key.toLowerCase() !== wanted) continue;
    values.push(...[headers[key] ?? []].flat());
  }
  return values;
}
