import { AppError } from '../errors.js';
import type { ApiRow, Reads } from './catalog.queries.js';
import { findApi, type IdInput } from './find-api.js';

export async function getApi(ctx: Reads, raw: IdInput): Promise<ApiRow> {
  return (await findApi(ctx, raw)) ?? refuseUnknownApi(raw.id);
}

/** A row of another tenant answers exactly like a row that does not exist. */
export function refuseUnknownApi(id: string): never {
  throw new AppError('NOT_FOUND', `There is no API with the id "${id}".`, { id });
}
