import type { FastifyRequest } from 'fastify';

/** What `X-Ati-Upstream-Url` says; null where it is not sent, or blank. */
export function upstreamUrlOf({ headers }: FastifyRequest): string | null {
  const value = headers['x-ati-upstream-url'];
  const text = (Array.isArray(value) ? value.join(', ') : (value ?? '')).trim();
  return text === '' ? null : text;
}
