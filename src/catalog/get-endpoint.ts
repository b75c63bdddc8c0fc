import { AppError } from '../errors.js';
import type { EndpointRow, Reads } from './catalog.queries.js';
import type { IdInput } from './find-api.js';
import { findEndpoint } from './find-endpoint.js';

export async function getEndpoint(ctx: Reads, raw: IdInput): Promise<EndpointRow> {
  return (await findEndpoint(ctx, raw)) ?? refuseUnknownEndpoint(raw.id);
}

/** A row of another tenant answers exactly like a row that does not exist. */
export function refuseUnknownEndpoint(id: string): never {
  throw new AppError('NOT_FOUND', `There is no endpoint with the id "${id}".`, { id });
}
