import { AppError } from '../errors.js';
import type { OperationPlan } from '../openapi/types.js';
import { bindScheme, type Placement } from './bind-scheme.js';
import type { PlannedRequest } from './call-types.js';
import type { Credential } from './credential.js';
import { placeOnRequest, setHeader } from './place-on-request.js';
import { isSecretName } from './redact-names.js';
import { secretsOf } from './secrets-of.js';

export type SecurityInput = {
  plan: Pick<OperationPlan, 'security'>;
  /** The API's Security Scheme Objects, by name. */
  schemes: Record<string, Record<string, unknown>>;
  /** By scheme, opened; each counts for the origin that it was given for, `origin` where it has none of its own. */
  credentials: ReadonlyMap<string, Credential & { origin?: string | null }>;
  /** The API's own headers, opened. */
  storedHeaders: Record<string, string>;
  /** The origin that the headers were given for. */
  origin: string | null;
};

/** One alternative of the document that can be served: a credential for each scheme that no stored header serves. */
export type ChosenSecurity = {
  placements: Placement[];
  /** Whether the stored headers go along: their origin is that of the request. */
  withHeaders: boolean;
};

type Lack = { scheme: string; reason: string };

/**
 * Puts what the operation's security asks for onto a request: of the document's alternatives (OR of ANDs) the first that
 * is fully served; one that asks for nothing only where no other is. The API's stored headers always go along, win over
 * a scheme and over an argument of the same name, and serve a scheme that uses their header. Where one of them has the
 * name of a credential (such as `X-Auth-Token`), the API is taken to be authenticated by it, whatever its document says.
 * Nothing goes to an origin that it was not given for. `secrets` are all texts that nobody may read.
 * Throws NOT_CONFIGURED, naming what is missing for each scheme.
 */
export function applyCredentials(
  request: PlannedRequest,
  input: SecurityInput,
): { request: PlannedRequest; secrets: string[] } {
  const { placements, withHeaders } = chooseSecurity(request, input);
  let applied = placements.reduce(placeOnRequest, request);
  if (withHeaders) {
    for (const [name, value] of Object.entries(input.storedHeaders)) {
      applied = { ...applied, headers: setHeader(applied.headers, name, value) };
    }
  }
  return { request: applied, secrets: secretsOf(input) };
}

/** What `applyCredentials` would put onto the request. A placement whose `value` is null waits for an OAuth token. */
export function chooseSecurity(request: PlannedRequest, input: SecurityInput): ChosenSecurity {
  const target = new URL(request.url).origin;
  const withHeaders = input.origin === target;
  const stored = withHeaders ? Object.keys(input.storedHeaders) : [];
  const alternatives = input.plan.security;
  const asking = alternatives.filter((alternative) => Object.keys(alternative).length > 0);
  const lacks: Lack[] = [];
  for (const alternative of asking) {
    const served = serve(alternative, { input, target, stored });
    if (served.lacks.length === 0) return { placements: served.placements, withHeaders };
    lacks.push(...served.lacks);
  }
  const isOptional = asking.length < alternatives.length || asking.length === 0;
  if (isOptional || stored.some(isSecretName)) return { placements: [], withHeaders };
  throw notConfigured(asking, lacks, input, target);
}

/** Served where nothing lacks. */
type Served = { placements: Placement[]; lacks: Lack[] };

function serve(
  alternative: Record<string, string[]>,
  { input, target, stored }: { input: SecurityInput; target: string; stored: string[] },
): Served {
  const placements: Placement[] = [];
  const lacks: Lack[] = [];
  for (const [scheme, scopes] of Object.entries(alternative)) {
    const definition = Object.hasOwn(input.schemes, scheme) ? input.schemes[scheme] : undefined;
    const given = input.credentials.get(scheme);
    const origin = given?.origin ?? input.origin;
    const isElsewhere = given !== undefined && origin !== target;
    const bound = bindScheme({
      scheme,
      definition,
      scopes,
      credential: isElsewhere ? undefined : given,
      storedHeaders: stored,
    });
    if (typeof bound !== 'string') placements.push(...bound);
    else lacks.push({ scheme, reason: isElsewhere ? elsewhere(origin, target) : bound });
  }
  const clash = lacks.length === 0 ? clashOf(placements) : null;
  if (clash) lacks.push(clash);
  return { placements, lacks };
}

/** A request has one value of each: two schemes that use the same place cannot both be served. */
function clashOf(placements: Placement[]): Lack | null {
  const seen = new Set<string>();
  for (const { scheme, in: place, name } of placements) {
    const key = `${place} ${place === 'header' ? name.toLowerCase() : name}`;
    if (seen.has(key)) {
      return { scheme, reason: `needs the ${place} "${name}", which another scheme fills` };
    }
    seen.add(key);
  }
  return null;
}

function elsewhere(origin: string | null, target: string): string {
  return `has a credential that was given for ${origin ?? 'no origin'}, and the request goes to ${target}`;
}

function notConfigured(
  alternatives: Record<string, string[]>[],
  lacks: Lack[],
  { storedHeaders, origin }: SecurityInput,
  target: string,
): AppError {
  const wanted = alternatives
    .map((alternative) => Object.keys(alternative).map(quote).join(' together with '))
    .join(', or ');
  const reasons = [
    ...new Map(lacks.map(({ scheme, reason }) => [scheme, `${quote(scheme)} ${reason}`])).values(),
  ];
  if (Object.keys(storedHeaders).length > 0 && origin !== target) {
    reasons.push(`the stored headers were given for ${origin ?? 'no origin'}, not for ${target}`);
  }
  return new AppError(
    'NOT_CONFIGURED',
    `The operation needs the credentials ${wanted}: ${reasons.join('; ')}.`,
    { schemes: [...new Set(lacks.map(({ scheme }) => scheme))] },
  );
}

function quote(name: string): string {
  return `"${name}"`;
}
