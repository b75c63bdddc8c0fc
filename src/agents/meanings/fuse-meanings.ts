import type { Ranked, RankedTools } from '../rank-tools.js';

/** Cormack, Clarke and Büttcher, "Reciprocal Rank Fusion", 2009: how little the first ranks stand above the next. */
const smoothing = 60;

/**
 * One ranking of two: of the tools that words found and those whose meaning is close, each the best first. A tool that
 * is first in both has the score 1. Without any close tool the ranking of the words stays as it is.
 */
export function fuseMeanings<Tool extends { id: string }>(
  byWords: RankedTools<Tool>,
  close: readonly Tool[],
): RankedTools<Tool> {
  if (close.length === 0) return byWords;
  const found = new Map<string, Ranked<Tool>>();
  const add = (ranked: Ranked<Tool>, rank: number) => {
    const before = found.get(ranked.tool.id);
    const score = (smoothing + 1) / (smoothing + rank + 1) / 2;
    found.set(ranked.tool.id, { ...(before ?? ranked), score: (before?.score ?? 0) + score });
  };
  byWords.ranked.forEach(add);
  close.forEach((tool, rank) => {
    add({ tool, score: 0, matches: [] }, rank);
  });
  const ranked = [...found.values()].sort(
    (a, b) => b.score - a.score || (a.tool.id < b.tool.id ? -1 : 1),
  );
  return { terms: byWords.terms, ranked };
}
