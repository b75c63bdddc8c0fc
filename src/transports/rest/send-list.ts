import { createHash } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { requireScope } from '../../access/require-scope.js';
import type { Reads } from '../../catalog/catalog.queries.js';
import { scopes } from '../../context.js';
import type { Page } from '../../lib/page.js';
import { type PageArguments, readList, readPageLimit } from './read-list.js';
import { queryText } from './read-request.js';
import { contextOf } from './rest-deps.js';
import { sendTagged, type WrittenAnswer } from './send-tagged.js';

export type ListSource<Row> = {
  /** With the filters it says all that the list is made of, but who asks and which page. */
  name: string;
  filters?: Record<string, string | null>;
  read(ctx: Reads, page: PageArguments): Promise<Page<Row>>;
  present(ctx: Reads, rows: Row[]): Promise<unknown[]>;
};

/** Sends a list of the catalog: read as one moment of it, and written once for each revision. */
export async function sendList<Row>(
  request: FastifyRequest,
  reply: FastifyReply,
  { name, filters = {}, read, present }: ListSource<Row>,
): Promise<FastifyReply> {
  const { actor, views } = contextOf(request);
  requireScope(actor, scopes.read);
  const [limit, after] = [readPageLimit(request), queryText(request, 'after')];
  const part = `${name}\n${JSON.stringify([actor.app, filters, limit, after])}`;
  const found = await views.recall(actor.tenant, [part], async ({ em }) => {
    const ctx = { actor, em };
    const { items, next } = await readList({ limit, after }, (page) => read(ctx, page));
    const bytes = Buffer.from(JSON.stringify(await present(ctx, items)));
    const digest = createHash('sha256').update(bytes).digest('base64url');
    return new Map<string, WrittenAnswer>([[part, { bytes, digest, next }]]);
  });
  const written = found.get(part);
  if (!written) throw new Error('A list that was asked for was not read.');
  return sendTagged(request, reply, { ...written.value, limit });
}
