import type { SearchableKind } from '../../catalog/search/write-search-documents.js';
import type { Context } from '../../context.js';
import { type Candidate, readOffered } from '../find-candidates.js';
import type { RankedTools } from '../rank-tools.js';
import type { CloseTool } from './meanings.js';

/** Of what is asked, the vector that is being made; null where none is. */
export type Question = Promise<Float32Array | null> | null;

type MeaningContext = Pick<Context, 'em' | 'actor' | 'meanings'>;

/** So many are as good as found, as long as they are nearly as close as the closest. */
const maxClose = 30;
const leastShare = 0.7;
const offeredAtOnce = 200;

/** Of a list, the tools whose meaning is close to a question's, the closest first. */
export async function findCloseOfList<Tool extends { id: string }>(
  { em, actor: { tenant }, meanings }: MeaningContext,
  {
    tools,
    byWords,
    question,
  }: { tools: readonly Tool[]; byWords: RankedTools<Tool>; question: Question },
): Promise<Tool[]> {
  const vector = await question;
  if (!meanings || !vector || tools.length === 0) return [];
  const close = await meanings.closest(em, {
    tenant,
    question: vector,
    among: tools.map(({ id }) => id),
    few: byWords.ranked.map(({ tool }) => tool.id),
  });
  const byId = new Map(tools.map((tool) => [tool.id, tool]));
  return takeClose(close).flatMap(({ id }) => byId.get(id) ?? []);
}

/** The same of all that a tenant offers now. */
export async function findCloseOfTenant(
  { em, actor: { tenant }, meanings }: MeaningContext,
  {
    kind,
    candidates,
    question,
  }: { kind: SearchableKind | null; candidates: readonly Candidate[]; question: Question },
): Promise<Candidate[]> {
  const vector = await question;
  if (!meanings || !vector) return [];
  const few = candidates.map(({ id }) => id);
  const close = await meanings.closest(em, { tenant, question: vector, among: null, few });
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
