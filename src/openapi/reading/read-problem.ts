import type { SpecProblem } from '../types.js';

/** An ERROR of the whole document. */
export function refusal(code: string, message: string, line: number | null = null): SpecProblem {
  return { code, message, pointer: '', severity: 'ERROR', line };
}

/** Ends the reading of a document that cannot be read further. */
export class ReadRefusal extends Error {
  constructor(readonly problem: SpecProblem) {
    super(problem.message);
  }
}

const maxListed = 100;

/** Collects problems; past 100 of one code only their number is kept. */
export class ProblemList {
  private readonly problems: SpecProblem[] = [];
  private readonly counts = new Map<string, number>();

  warn(code: string, message: string, pointer: string, line: number | null): void {
    const count = (this.counts.get(code) ?? 0) + 1;
    this.counts.set(code, count);
    if (count <= maxListed) {
      this.problems.push({ code, message, pointer, severity: 'WARNING', line });
    }
  }

  all(): SpecProblem[] {
    const overflow = [...this.counts].filter(([, count]) => count > maxListed);
    return [
      ...this.problems,
      ...overflow.map(
        ([code, count]): SpecProblem => ({
          code,
          message: `${count - maxListed} more problems of the kind ${code} are not listed.`,
          pointer: '',
          severity: 'WARNING',
          line: null,
        }),
      ),
    ];
  }
}

/** A key as it is shown in a sentence: quoted, one line, at most 60 characters. */
export function quoteKey(key: string): string {
  const oneLine = key.replace(/\s+/g, ' ');
  return JSON.stringify(oneLine.length > 60 ? `${oneLine.slice(0, 57)}…` : oneLine);
}
