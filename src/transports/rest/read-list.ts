import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Page } from '../../lib/page.js';
import { queryText } from './read-request.js';
import { invalid } from './refusals.js';

const pageSize = 500;
/** Where a list without `limit` ends all the same; its `Link` says how to go on. */
const maxListLength = 50_000;

export type PageArguments = { first: number; after: string | null };

/**
 * A list as an array: whole by default, read page by page, or the one page that `limit` and `after` ask for. `next` is
 * the cursor that the rest follows; null at the end.
 */
export async function readList<T>(
  { limit, after }: { limit: number | null; after: string | null },
  read: (page: PageArguments) => Promise<Page<T>>,
): Promise<{ items: T[]; next: string | null }> {
  const wanted = limit ?? maxListLength;
  const items: T[] = [];
  let next = after;
  for (;;) {
    const first = Math.min(limit ?? pageSize, wanted - items.length);
    const page = await read({ first, after: next });
    items.push(...page.items);
    const last = page.items.at(-1);
    if (!page.hasNextPage || last === undefined) return { items, next: null };
    next = page.cursorOf(last);
    if (items.length >= wanted) return { items, next };
  }
}

/** The query parameter `limit`, from 1 to 500; null = the whole list. */
export function readPageLimit(request: FastifyRequest): number | null {
  const text = queryText(request, 'limit');
  if (text === null) return null;
  const limit = Number(text);
  if (!/^\d+$/.test(text) || limit < 1 || limit > pageSize) {
    throw invalid(
      ['query', 'limit'],
      `expected a whole number from 1 to ${pageSize}`,
      'int_parsing',
    );
  }
  return limit;
}

/** Where the list goes on (RFC 8288): relative, so that it holds behind any prefix. */
export function setNextLink(
  request: FastifyRequest,
  reply: FastifyReply,
  { limit, after }: { limit: number | null; after: string },
): void {
  const query = new URLSearchParams(request.query as Record<string, string>);
  query.set('limit', String(limit ?? pageSize));
  query.set('after', after);
  reply.header('link', `<?${query}>; rel="next"`);
}
