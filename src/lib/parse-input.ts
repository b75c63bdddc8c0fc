import type { z } from 'zod';
import { AppError, type InputIssue } from '../errors.js';

/**
 * Parses a verb's input by its zod schema.
 * Throws INVALID_INPUT whose message names every field that is wrong; `details.issues` has them one by one.
 */
export function parseInput<S extends z.ZodType>(schema: S, raw: unknown): z.output<S> {
  const parsed = schema.safeParse(raw);
  if (parsed.success) return parsed.data;
  const issues: InputIssue[] = parsed.error.issues.map((issue) => ({
    path: issue.path.map((segment) => (typeof segment === 'number' ? segment : String(segment))),
    message: issue.message,
    code: issue.code,
  }));
  const sentence = issues
    .map(({ path, message }) => (path.length > 0 ? `${path.join('.')}: ${message}` : message))
    .join('; ');
  throw new AppError('INVALID_INPUT', sentence, { issues });
}
