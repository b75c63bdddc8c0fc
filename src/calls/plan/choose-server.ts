import { AppError } from '../../errors.js';
import type { ServerPlan } from '../../openapi/types.js';
import type { CallableEndpoint } from '../call-types.js';

/** Where a request goes: `https://host:port` and the path before the operation's own, without a slash at its end. */
export type ChosenServer = { origin: string; basePath: string; query: string };

/**
 * A base URL that a person gave; else the first server of the document that is an absolute http or https URL with its
 * variables at their defaults; else the base URL that the document gave. Throws NOT_CONFIGURED where there is none.
 */
export function chooseServer(endpoint: ServedEndpoint): ChosenServer {
  const known = chosen.get(endpoint);
  if (known) return known;
  const server = choose(endpoint);
  chosen.set(endpoint, server);
  return server;
}

type ServedEndpoint = Pick<CallableEndpoint, 'name' | 'plan' | 'baseUrl' | 'isBaseUrlGiven'>;

/** Endpoints are not altered: what was read again is another object. */
const chosen = new WeakMap<ServedEndpoint, ChosenServer>();

function choose(endpoint: ServedEndpoint): ChosenServer {
  const { name, plan, baseUrl, isBaseUrlGiven } = endpoint;
  const declared = isBaseUrlGiven ? [] : plan.servers.map(atDefaults);
  for (const url of [...declared, baseUrl]) {
    const server = url === null ? null : readServer(url);
    if (server) return server;
  }
  throw new AppError(
    'NOT_CONFIGURED',
    `"${name}" has no server: its document names no absolute http or https address without open variables. Set a base URL for its API.`,
  );
}

/** Null where a variable has no default. */
function atDefaults({ url, variables }: ServerPlan): string | null {
  let isComplete = true;
  const filled = url.replace(/\{([^{}]+)\}/g, (_, name: string) => {
    const preset = Object.hasOwn(variables, name) ? variables[name]?.default : undefined;
    if (preset === undefined) isComplete = false;
    return preset ?? '';
  });
  return isComplete ? filled : null;
}

function readServer(text: string): ChosenServer | null {
  const url = /^https?:\/\//i.test(text) ? URL.parse(text) : null;
  if (url === null || /[{}]/.test(text)) return null;
  if (url.username !== '' || url.password !== '') return null;
  return {
    origin: url.origin,
    basePath: url.pathname.replace(/\/+$/, ''),
    query: url.search.slice(1),
  };
}
