import type { Actor } from '../../context.js';
import { CallerCounts } from '../caller-counts.js';
import { RpcError, rpcCodes } from './rpc-message.js';

const retryAfterSeconds = 10;

/** How many streams each caller has open, at most `max`. */
export class CallerLimits {
  private readonly counts: CallerCounts;

  constructor(
    private readonly max: number,
    changed: (by: 1 | -1) => void,
  ) {
    this.counts = new CallerCounts(max, changed);
  }

  /** Takes one until it is disposed. Throws RpcError (429). */
  take(actor: Actor): Disposable {
    return this.counts.take(
      actor,
      (count) =>
        new RpcError(
          rpcCodes.refused,
          `There are ${count} open streams of this caller, and at most ${this.max} are allowed.`,
          { status: 429, headers: { 'retry-after': String(retryAfterSeconds) } },
        ),
    );
  }
}
