import type { Actor } from '../context.js';

/** How many of a thing each caller has, at most `max`; a caller is a tenant's subject, or application without tokens. */
export class CallerCounts {
  private readonly counts = new Map<string, number>();

  constructor(
    private readonly max: number,
    private readonly changed: (by: 1 | -1) => void = () => {},
  ) {}

  /** Takes one until it is disposed. Throws what `refusal` makes of the number that the caller has already. */
  take({ tenant, subject, app }: Actor, refusal: (count: number) => Error): Disposable {
    const key = JSON.stringify([tenant, app, subject]);
    const count = this.counts.get(key) ?? 0;
    if (count >= this.max) throw refusal(count);
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
