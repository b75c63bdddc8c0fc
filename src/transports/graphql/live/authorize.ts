import type { IncomingHttpHeaders } from 'node:http';
import type { Actor, Context } from '../../../context.js';
import { AppError } from '../../../errors.js';

export type Caller = { headers: IncomingHttpHeaders; id: string };
export type ContextFor = (caller: Caller) => Context | Promise<Context>;

/** What a browser cannot send as headers of a socket, and may say in `connectionParams` under the same names. */
const sayable = ['authorization', 'x-tenantid', 'x-appid', 'traceparent', 'tracestate'];

/**
 * Who opens a socket: by the headers of its upgrade request and by `connectionParams`, which may add to the headers and
 * not contradict them. Throws as `Authenticator.authenticate` does, and FORBIDDEN for pages of other origins.
 */
export async function authorizeSocket(
  { headers, id }: Caller,
  params: Readonly<Record<string, unknown>>,
  contextFor: ContextFor,
): Promise<Context> {
  const ctx = await contextFor({ headers: addParams(headers, params), id });
  refuseForeignOrigin(ctx.actor, headers);
  refuseExpired(ctx);
  return ctx;
}

function addParams(
  headers: IncomingHttpHeaders,
  params: Readonly<Record<string, unknown>>,
): IncomingHttpHeaders {
  const merged = { ...headers };
  for (const [name, value] of Object.entries(params)) {
    const key = name.toLowerCase();
    if (!sayable.includes(key) || value === null || value === undefined) continue;
    if (typeof value !== 'string') {
      throw new AppError('INVALID_INPUT', `connectionParams: "${name}" must be a string.`);
    }
    const sent = merged[key];
    if (sent === undefined || sent === value) merged[key] = value;
    else if (key.startsWith('trace')) continue;
    else throw new AppError('FORBIDDEN', `connectionParams: "${name}" contradicts the header.`);
  }
  return merged;
}

/**
 * Where headers are trusted, any page in a browser of this network could speak for any tenant: websockets and event
 * sources need no leave of the server (RFC 6455, section 10.2). Where tokens are needed, a page has none of its own.
 */
export function refuseForeignOrigin(actor: Actor, headers: IncomingHttpHeaders): void {
  const { origin } = headers;
  if (origin === undefined || actor.expiresAt !== null) return;
  // A page cannot set the latter; a proxy that renames the host does.
  const hosts = [headers.host, headers['x-forwarded-host']];
  if (URL.canParse(origin) && hosts.includes(new URL(origin).host)) return;
  throw new AppError('FORBIDDEN', 'Pages of other origins may not connect.');
}

/** A token counts a little longer for a request than for a connection. Throws UNAUTHENTICATED. */
export function refuseExpired({ actor: { expiresAt }, clock }: Context): void {
  if (expiresAt !== null && expiresAt <= clock.now()) {
    throw new AppError('UNAUTHENTICATED', 'The token has expired.');
  }
}

const longestTimerMs = 2 ** 31 - 1;

/** Calls back when the token of `ctx` ends; never for callers without one. */
export function onExpiry(ctx: Pick<Context, 'actor' | 'clock'>, expire: () => void): Disposable {
  const { expiresAt } = ctx.actor;
  let timer: NodeJS.Timeout | undefined;
  const wait = () => {
    if (expiresAt === null) return;
    const leftMs = expiresAt.getTime() - ctx.clock.now().getTime();
    if (leftMs <= 0) return expire();
    timer = setTimeout(wait, Math.min(leftMs, longestTimerMs)).unref();
  };
  wait();
  return { [Symbol.dispose]: () => clearTimeout(timer) };
}
