import type { Actor } from '../../../context.js';
import { AppError } from '../../../errors.js';
import { CallerCounts } from '../../caller-counts.js';

const retryAfterSeconds = 10;

/** How much of one kind each caller has, at most `max`. */
export class ActorLimits {
  private readonly counts: CallerCounts;

  constructor(
    private readonly kind: 'connections' | 'subscriptions',
    private readonly max: number,
    changed?: (by: 1 | -1) => void,
  ) {
    this.counts = new CallerCounts(max, changed);
  }

  /** Takes one until it is disposed. Throws LIMIT_EXCEEDED. */
  take(actor: Actor): Disposable {
    return this.counts.take(
      actor,
      (count) =>
        new AppError(
          'LIMIT_EXCEEDED',
          `There are ${count} ${this.kind} of this caller, and at most ${this.max} are allowed.`,
          { reason: `TOO_MANY_${this.kind.toUpperCase()}`, allowed: this.max, retryAfterSeconds },
        ),
    );
  }
}
