import { AppError } from '../errors.js';

const maxDepth = 500;

/** Runs a step that judges arguments: what it finds wrong lies under `arguments` of the input. */
export function inArguments<Result>(judge: () => Result): Result {
  try {
    return judge();
  } catch (error) {
    if (!(error instanceof AppError) || !error.details.issues) throw error;
    const issues = error.details.issues.map((issue) => ({
      ...issue,
      path: ['arguments', ...issue.path],
    }));
    throw new AppError(
      error.code,
      error.message,
      { ...error.details, issues },
      { cause: error.cause },
    );
  }
}

/** Throws INVALID_INPUT for arguments that are nested deeper than programs can walk. */
export function refuseDeepArguments(value: unknown): void {
  if (!isDeeper(value, maxDepth)) return;
  const message = `The arguments are nested too deeply. Expected at most ${maxDepth} levels.`;
  throw new AppError('INVALID_INPUT', message, {
    issues: [{ path: ['arguments'], message, code: 'too_deep' }],
  });
}

/** Whether a JSON value is nested deeper than `depth`. */
export function isDeeper(value: unknown, depth: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return depth === 0 || Object.values(value).some((part) => isDeeper(part, depth - 1));
}
