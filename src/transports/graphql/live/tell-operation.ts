import type { Context } from '../../../context.js';
import type { ActorLimits } from './actor-limits.js';
import type { Operations } from './create-operations.js';
import type { OperationRequest } from './hand-over.js';
import type { LiveOperation } from './live-operation.js';

/** Where the results of an operation go. */
export type Outlet = {
  /** Null when it takes more now; else to be asked again when it resolves. */
  room(): Promise<void> | null;
  /** The JSON of one execution result. */
  next(text: string): void;
};

export type Telling = {
  operations: Operations;
  subscriptions: ActorLimits;
  ctx: Context;
  refuses?: 'mutation' | undefined;
};

/**
 * Runs an operation to its end and tells each result as soon as there is room for it: the next one is made when the last
 * one has been taken. Throws OperationError, or LIMIT_EXCEEDED when the caller has too many.
 */
export async function tellOperation(
  operation: LiveOperation,
  request: OperationRequest,
  { outlet, operations, subscriptions, ctx, refuses }: Telling & { outlet: Outlet },
): Promise<void> {
  using _held = subscriptions.take(ctx.actor);
  const started = await operations.start(request, { ctx, signal: operation.signal, refuses });
  if (started.kind === 'result') {
    await untilRoom(operation, outlet);
    if (!operation.isOver) outlet.next(started.text);
    return;
  }
  const { stream } = started;
  operation.onEnd(stream.end);
  for (;;) {
    const text = await stream.next();
    if (text === null) return;
    if (outlet.room()) await untilRoom(operation, outlet);
    if (operation.isOver) return;
    outlet.next(text);
  }
}

async function untilRoom(operation: LiveOperation, outlet: Outlet): Promise<void> {
  for (let room = outlet.room(); room && !operation.isOver; room = outlet.room()) await room;
}
