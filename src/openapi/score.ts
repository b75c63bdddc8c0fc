import { problemCodes } from './problem-codes.js';
import type { ProblemCount } from './problem-log.js';
import type { ScoreDeduction } from './types.js';

export type Score = { compatibilityScore: number; deductions: ScoreDeduction[] };

const unknownCode = { weight: 10, summary: 'the document has problems of this kind' };

/**
 * 100 minus the deductions, never below 0. A code costs its weight times the share of operations that it touches, at
 * least one point; a code that touches every operation costs its whole weight.
 */
export function scoreOf(problems: readonly ProblemCount[], operationCount: number): Score {
  const wanted = problems.map(({ code, count, pointer }) => {
    const { weight, summary } = factsOf(code);
    const share = Math.min(1, count / Math.max(1, operationCount));
    const message = `${count} of ${code}: ${summary}.`;
    return { code, message, points: Math.max(1, Math.round(weight * share)), pointer };
  });
  wanted.sort((a, b) => b.points - a.points);
  const deductions: ScoreDeduction[] = [];
  let left = 100;
  for (const deduction of wanted) {
    const points = Math.min(deduction.points, left);
    if (points === 0) break;
    deductions.push({ ...deduction, points });
    left -= points;
  }
  return { compatibilityScore: left, deductions };
}

function factsOf(code: string): { weight: number; summary: string } {
  const known = Object.entries(problemCodes).find(([name]) => name === code)?.[1];
  return known && known.weight > 0 ? known : unknownCode;
}
