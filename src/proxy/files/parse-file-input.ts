import type { z } from 'zod';
import { AppError } from '../../errors.js';
import { parseInput } from '../../lib/parse-input.js';

/** As `parseInput`; the proxy answers what is wrong with 400, which `details.header` stands for. */
export function parseFileInput<S extends z.ZodType>(schema: S, raw: unknown): z.output<S> {
  try {
    return parseInput(schema, raw);
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    const header = String(error.details.issues?.[0]?.path[0] ?? 'args');
    throw new AppError(error.code, error.message, { ...error.details, header });
  }
}
