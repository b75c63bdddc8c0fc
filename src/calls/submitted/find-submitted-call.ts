import { z } from 'zod';
import { requireScope } from '../../access/require-scope.js';
import { type Context, scopes } from '../../context.js';
import { AppError } from '../../errors.js';
import { parseInput } from '../../lib/parse-input.js';
import { isUuid } from '../../lib/uuid.js';
import { findRow, type SubmittedCallRow } from './submitted-statements.js';

export const FindSubmittedCallInput = z.object({ id: z.string().max(200) });
export type FindSubmittedCallInput = z.input<typeof FindSubmittedCallInput>;

type FindContext = Pick<Context, 'actor' | 'submitted'>;

/** The state of a submitted call, and its result once it has one; null when the tenant has none with this id. */
export async function findSubmittedCall(
  ctx: FindContext,
  raw: FindSubmittedCallInput,
): Promise<SubmittedCallRow | null> {
  requireScope(ctx.actor, scopes.call);
  const { id } = parseInput(FindSubmittedCallInput, raw);
  return isUuid(id) ? findRow(ctx.submitted.run, { tenant: ctx.actor.tenant, id }) : null;
}

/** The same; throws NOT_FOUND where there is none. */
export async function getSubmittedCall(
  ctx: FindContext,
  raw: FindSubmittedCallInput,
): Promise<SubmittedCallRow> {
  return (await findSubmittedCall(ctx, raw)) ?? refuseUnknownCall(raw.id);
}

export function refuseUnknownCall(id: string): never {
  throw new AppError('NOT_FOUND', `There is no submitted call "${id}", or none any more.`, { id });
}
