import { AppError } from '../../errors.js';
import { isDatabaseOutage } from '../../storage/is-database-outage.js';

/** Whether a step failed because a store does not answer, so that it may be repeated. */
export function isStoreFailure(error: unknown): boolean {
  if (!(error instanceof AppError)) return isDatabaseOutage(error);
  return error.code === 'UPSTREAM_FAILED' || error.code === 'UPSTREAM_TIMEOUT';
}
