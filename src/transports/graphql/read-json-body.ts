import { AppError } from '../../errors.js';

/**
 * A request body as JSON. `__proto__` and `constructor` are names like any other (`JSON.parse` makes them own properties,
 * and nothing here assigns by name), since documents under `variables` may hold them. Throws INVALID_INPUT.
 */
export function readJsonBody(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : 'unreadable';
    throw new AppError(
      'INVALID_INPUT',
      `The request body is not JSON: ${reason}. Expected {"query": …, "variables": …}.`,
      {},
      { cause },
    );
  }
}
