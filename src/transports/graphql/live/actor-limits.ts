import type { Actor } from '../../../context.js';
import { AppError } from '../../../errors.js';

const retryAfterSeconds = 10;

/** How much of one kind each caller has, at most `max`; a caller is a tenant's subject, or application without tokens. */
export class ActorLimits {
  private readonly counts = new Map<string, number>();

  constructor(
    private readonly kind: 'connections' | 'subscriptions',
    private readonly max: number,
    private readonly changed: (by: 1 | -1) => void = () => {},
  ) {}

  /** Takes one until it is disposed. Throws LIMIT_EXCEEDED. */
  take({ tenant, subject, app }: Actor): Disposable {
    const key = JSON.stringify(subject === null ? [tenant, app] : [tenant, app, subject]);
    const count = this.counts.get(key) ?? 0;
    if (count >= this.max) {
      throw new AppError(
        'LIMIT_EXCEEDED',
        `There are ${count} ${this.kind} of this caller, and at most ${this.max} are allowed.`,
        { reason: `TOO_MANY_${this.kind.toUpperCase()}`, allowed: this.max, retryAfterSeconds },
      );
    }
    this.counts.set(key, count + 1);
    this.changed(1);
    let isHeld = true;
    return {
      [Symbol.dispose]: () => {
        if (!isHeld) return;
        isHeld = false;
        this.changed(-1);
        const left = (this.counts.get(key) ?? 1) - 1;
        if (left > 0) this.counts.set(key, left);
        else this.counts.delete(key);
      },
    };
  }
}
