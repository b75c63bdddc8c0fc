/** One operation of a connection, until it is over or nobody wants to hear of it any more. */
export class LiveOperation {
  isOver = false;
  private gone: AbortController | null = null;
  private stop: (() => void) | null = null;

  /** Aborts when nobody waits for it any more. */
  get signal(): AbortSignal {
    this.gone ??= new AbortController();
    if (this.isOver) this.gone.abort();
    return this.gone.signal;
  }

  /** At once, when it is over already. */
  onEnd(stop: () => void): void {
    this.stop = stop;
    if (this.isOver) stop();
  }

  end(): void {
    if (this.isOver) return;
    this.isOver = true;
    this.stop?.();
    this.gone?.abort();
  }
}
