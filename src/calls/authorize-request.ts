import { AppError } from '../errors.js';
import { applyCredentials, chooseSecurity, type SecurityInput } from './apply-credentials.js';
import type { EndpointCallable } from './call-catalog.js';
import type { PlannedRequest, RunResult } from './call-types.js';
import type { OauthTokens } from './oauth-tokens.js';
import { secretsOf } from './secrets-of.js';

export type AuthorizedRequest = {
  request: PlannedRequest;
  /** All texts that nobody may read. */
  secrets: string[];
  /** The same with other tokens than those that the API did not accept; null where it was no token that it got. */
  renew: ((signal?: AbortSignal) => Promise<AuthorizedRequest>) | null;
};

/**
 * Puts the API's credentials onto a request, after asking for the OAuth tokens that are needed. Throws NOT_CONFIGURED,
 * or what the token endpoint came to: FORBIDDEN, UPSTREAM_TIMEOUT or UPSTREAM_FAILED.
 */
export async function authorizeRequest(
  tokens: OauthTokens,
  request: PlannedRequest,
  callable: EndpointCallable,
  signal?: AbortSignal,
): Promise<AuthorizedRequest> {
  return authorize(tokens, request, toSecurityInput(callable), new Map(), signal);
}

async function authorize(
  tokens: OauthTokens,
  planned: PlannedRequest,
  input: SecurityInput,
  stale: ReadonlyMap<string, string>,
  signal: AbortSignal | undefined,
): Promise<AuthorizedRequest> {
  const credentials = new Map(input.credentials);
  const issued = new Map<string, string>();
  for (const { scheme, grant } of chooseSecurity(planned, input).placements) {
    if (!grant) continue;
    const known = stale.get(scheme);
    const value = await tokens.tokenFor({
      ...grant,
      ...(known !== undefined && { stale: known }),
      ...(signal && { signal }),
    });
    issued.set(scheme, value);
    credentials.set(scheme, { ...grant.credential, value });
  }
  const { request, secrets } = applyCredentials(planned, { ...input, credentials });
  return {
    request,
    secrets,
    renew: issued.size > 0 ? (again) => authorize(tokens, planned, input, issued, again) : null,
  };
}

function toSecurityInput({ endpoint, headers, credentials }: EndpointCallable): SecurityInput {
  return {
    plan: endpoint.plan,
    schemes: endpoint.securitySchemes,
    credentials: new Map(credentials.map((one) => [one.scheme, one])),
    storedHeaders: headers?.values ?? {},
    origin: headers?.origin ?? null,
  };
}

/** All texts that nobody may read, of an endpoint that could not be authorized. */
export function secretsOfCallable(callable: EndpointCallable): string[] {
  return secretsOf(toSecurityInput(callable));
}

/** Whether a failure is the token endpoint's, so that it is told as the outcome of the call. */
export function isUpstreamFailure(error: unknown): error is AppError & { code: FailureCode } {
  return error instanceof AppError && failureCodes.has(error.code);
}

type FailureCode = Extract<RunResult, { kind: 'failure' }>['code'];
const failureCodes: ReadonlySet<string> = new Set<FailureCode>([
  'FORBIDDEN',
  'UPSTREAM_FAILED',
  'UPSTREAM_TIMEOUT',
  'LIMIT_EXCEEDED',
]);
