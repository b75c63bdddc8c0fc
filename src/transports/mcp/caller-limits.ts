import type { Actor } from '../../context.js';
import { RpcError, rpcCodes } from './rpc-message.js';

const retryAfterSeconds = 10;

/** How many streams each caller has open, at most `max`; a caller is a tenant's subject, or application without tokens. */
export class CallerLimits {
  private readonly counts = new Map<string, number>();

  constructor(
    private readonly max: number,
    private readonly changed: (by: 1 | -1) => void,
  ) {}

  /** Takes one until it is disposed. Throws RpcError (429). */
  take({ tenant, subject, app }: Actor): Disposable {
    const key = JSON.stringify([tenant, app, subject]);
    const count = this.counts.get(key) ?? 0;
    if (count >= this.max) {
      throw new RpcError(
        rpcCodes.refused,
        `There are ${count} open streams of this caller, and at most ${this.max} are allowed.`,
        { status: 429, headers: { 'retry-after': String(retryAfterSeconds) } },
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
