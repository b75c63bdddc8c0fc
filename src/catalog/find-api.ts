import { z } from 'zod';
import { parseInput } from '../lib/parse-input.js';
import { type ApiRow, apisByIds, type Reads } from './catalog.queries.js';

export const IdInput = z.object({ id: z.string().min(1, 'expected an id') });
export type IdInput = z.input<typeof IdInput>;

export async function findApi(ctx: Reads, raw: IdInput): Promise<ApiRow | null> {
  const { id } = parseInput(IdInput, raw);
  const [api] = await apisByIds(ctx, [id]);
  return api ?? null;
}
