import { AppError } from '../errors.js';
import type { CallableEndpoint, PlannedRequest } from './call-types.js';
import { chooseServer } from './plan/choose-server.js';
import { parameterValue } from './plan/parameter-value.js';
import { planBody } from './plan/plan-body.js';
import { planHeaders } from './plan/plan-headers.js';
import { planPath } from './plan/plan-path.js';
import { planQuery } from './plan/plan-query.js';
import { RequestIssues } from './plan/request-issues.js';

export type PlannableEndpoint = Pick<
  CallableEndpoint,
  'name' | 'method' | 'path' | 'plan' | 'baseUrl' | 'isBaseUrlGiven'
>;

/**
 * The exact request of a call, from arguments that fit the endpoint's input schema; without credentials.
 * A default is sent in place of a missing argument only where the parameter is required: elsewhere it is what the server
 * assumes by itself. Null is not sent but inside JSON.
 * Throws INVALID_INPUT, with every argument that cannot be sent in `details.issues`, and NOT_CONFIGURED without a server.
 */
export function planRequest(
  endpoint: PlannableEndpoint,
  args: Record<string, unknown>,
  options: { boundary?: string } = {},
): PlannedRequest {
  const { method, plan } = endpoint;
  const server = chooseServer(endpoint);
  const issues = new RequestIssues();
  const argument = (name: string) => (Object.hasOwn(args, name) ? args[name] : undefined);
  const values = plan.parameters.map((parameter) => parameterValue(parameter, argument, issues));
  const { path, query } = planPath(endpoint.path, values, issues);
  const queryParts = planQuery(values, issues);
  const headers = planHeaders(plan.accept, values, issues);
  const body = plan.body && planBody(plan.body, argument, issues, options.boundary);
  issues.throwIfAny();
  if (body) headers['content-type'] = body.contentType;
  const search = [server.query, query, ...queryParts].filter((part) => part !== '').join('&');
  const url = `${server.origin}${server.basePath}${path}${search === '' ? '' : `?${search}`}`;
  assertReadAsWritten(url, endpoint.path);
  return { method, url, headers, body: body?.body ?? null };
}

/** What was planned is what a client will ask for: reading the URL must change nothing in it. */
function assertReadAsWritten(url: string, path: string): void {
  if (URL.parse(url)?.href === url) return;
  throw new AppError(
    'NOT_CONFIGURED',
    `The path "${path}" of this tool cannot be asked for as it is written. Expected a path without "." and ".." segments.`,
  );
}
