import type { EntityManager } from '@mikro-orm/postgresql';
import type { SearchableKind } from '../../catalog/search/write-search-documents.js';
import type { Context } from '../../context.js';
import { type Candidate, readOffered } from '../find-candidates.js';
import type { RankedTools } from '../rank-tools.js';
import type { CloseTool, OpenMeanings } from './meanings.js';

/** Of what is asked, the vector that is being made; null where none is. */
export type Question = Promise<Float32Array | null> | null;

type MeaningContext = Pick<Context, 'em' | 'actor' | 'meanings'>;

/** Null where a question is answered by words alone. Not within a transaction. */
export async function openMeanings(
  { em, actor, meanings }: MeaningContext,
  question: Question,
): Promise<OpenMeanings | null> {
  const vector = await question;
  if (!meanings || !vector) return null;
  return meanings.open(em, { tenant: actor.tenant, question: vector });
}

/** So many are as good as found, as long as they are nearly as close as the closest. */
const maxClose = 30;
const leastShare = 0.7;
const offeredAtOnce = 200;

/** Of a list, the tools whose meaning is close to a question's, the closest first. */
export async function findCloseOfList<Tool extends { id: string }>(
  em: EntityManager,
  {
    tools,
    byWords,
    meanings,
  }: { tools: readonly Tool[]; byWords: RankedTools<Tool>; meanings: OpenMeanings | null },
): Promise<Tool[]> {
  if (!meanings || tools.length === 0) return [];
  const close = await meanings.closest(em, {
    among: tools.map(({ id }) => id),
    few: byWords.ranked.map(({ tool }) => tool.id),
  });
  const byId = new Map(tools.map((tool) => [tool.id, tool]));
  return takeClose(close).flatMap(({ id }) => byId.get(id) ?? []);
}

/** The same of all that a tenant offers now. */
export async function findCloseOfTenant(
  { em, actor: { tenant } }: Pick<Context, 'em' | 'actor'>,
  {
    kind,
    candidates,
    meanings,
  }: {
    kind: SearchableKind | null;
    candidates: readonly Candidate[];
    meanings: OpenMeanings | null;
  },
): Promise<Candidate[]> {
  if (!meanings) return [];
  const few = candidates.map(({ id }) => id);
  const close = await meanings.closest(em, { among: null, few });
  const offered = new Map(candidates.map((candidate) => [candidate.id, candidate]));
  const found: CloseTool[] = [];
  for (let from = 0; from < close.length && found.length < maxClose; from += offeredAtOnce) {
    const some = close.slice(from, from + offeredAtOnce);
    const unknown = some.flatMap(({ id }) => (offered.has(id) ? [] : [id]));
    const read = unknown.length > 0 ? await readOffered(em, tenant, { ids: unknown, kind }) : [];
    for (const candidate of read) offered.set(candidate.id, candidate);
    found.push(...some.filter(({ id }) => offered.has(id)));
  }
  return takeClose(found).flatMap(({ id }) => offered.get(id) ?? []);
}

function takeClose(close: readonly CloseTool[]): CloseTool[] {
  const least = (close[0]?.closeness ?? 0) * leastShare;
  return close.filter(({ closeness }) => closeness >= least).slice(0, maxClose);
}
