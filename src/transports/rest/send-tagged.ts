import type { FastifyReply, FastifyRequest } from 'fastify';
import { namesTag } from './entity-tags.js';
import { setNextLink } from './read-list.js';

/** A JSON answer that is written already. `digest` is made of the bytes; `next` is the cursor that the rest follows. */
export type WrittenAnswer = {
  readonly bytes: Buffer;
  readonly digest: string;
  readonly next: string | null;
};

// Who asks decides what is there; nobody else may be sent a stored answer, nor the same one unasked.
const cacheHeaders = {
  'cache-control': 'private, no-cache',
  vary: 'authorization, x-tenantid, x-appid, x-apiid',
};

/** Sends bytes with a strong entity tag; 304 for who has them (RFC 9110 sections 8.8 and 13.1.2). */
export function sendTagged(
  request: FastifyRequest,
  reply: FastifyReply,
  { bytes, digest, next, limit }: WrittenAnswer & { limit: number | null },
): FastifyReply {
  reply.headers(cacheHeaders).header('etag', `"${digest}"`);
  if (next !== null) setNextLink(request, reply, { limit, after: next });
  if (namesTag(request.headers['if-none-match'], digest)) return reply.code(304).send();
  return reply.header('content-type', 'application/json; charset=utf-8').send(bytes);
}
