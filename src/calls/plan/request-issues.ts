import { AppError, type InputIssue } from '../../errors.js';
import { childPointer } from '../../openapi/json-pointer.js';

const maxIssues = 10;

/**
 * Says why a value cannot be sent. `predicate` goes on after the name of the argument: `cannot be empty: …`.
 * Throws INVALID_INPUT.
 */
export function refuse(code: string, predicate: string): never {
  throw new AppError('INVALID_INPUT', predicate, {
    issues: [{ path: [], message: predicate, code }],
  });
}

/** Gathers what is wrong with the arguments of one call, so that a caller can put all of it right at once. */
export class RequestIssues {
  readonly #issues: InputIssue[] = [];

  /** Runs a step for one argument; what the step refuses is kept under the argument's name, and null returned. */
  of<T>(argument: string, step: () => T): T | null {
    try {
      return step();
    } catch (error) {
      if (!(error instanceof AppError) || error.code !== 'INVALID_INPUT') throw error;
      for (const { path, message, code } of error.details.issues ?? []) {
        const at = [argument, ...path];
        this.#issues.push({ path: at, message: `${childPointer('', ...at)} ${message}`, code });
      }
      return null;
    }
  }

  throwIfAny(): void {
    if (this.#issues.length === 0) return;
    const issues = this.#issues.slice(0, maxIssues);
    throw new AppError('INVALID_INPUT', issues.map(({ message }) => message).join(' '), { issues });
  }
}
