import { parseInput } from '../lib/parse-input.js';
import { type EndpointRow, endpointsByIds, type Reads } from './catalog.queries.js';
import { IdInput } from './find-api.js';

export async function findEndpoint(ctx: Reads, raw: IdInput): Promise<EndpointRow | null> {
  const { id } = parseInput(IdInput, raw);
  const [endpoint] = await endpointsByIds(ctx, [id]);
  return endpoint ?? null;
}
