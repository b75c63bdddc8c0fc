import type { Clock } from '../../context.js';

/** Why a call is told to stop. */
export type StopCause = 'deadline' | 'lease' | 'shutdown';

const maxTimerMs = 2 ** 31 - 1;

/** The signal of one run: aborts at the deadline, with the process, or when the lease is lost, whichever comes first. */
export class RunSignal implements Disposable {
  private readonly controller = new AbortController();
  private readonly timer: NodeJS.Timeout | undefined;
  private stopCause: StopCause | null = null;
  private readonly onShutdown = () => this.stop('shutdown');

  constructor(
    private readonly shutdown: AbortSignal,
    deadlineAt: Date | null,
    clock: Clock,
  ) {
    if (shutdown.aborted) this.stop('shutdown');
    shutdown.addEventListener('abort', this.onShutdown);
    if (!deadlineAt) return;
    const leftMs = Math.min(maxTimerMs, deadlineAt.getTime() - clock.now().getTime());
    this.timer = setTimeout(() => this.stop('deadline'), Math.max(0, leftMs));
  }

  get signal(): AbortSignal {
    return this.controller.signal;
  }

  /** Null while it runs. */
  get cause(): StopCause | null {
    return this.stopCause;
  }

  stop(cause: StopCause): void {
    if (this.stopCause !== null) return;
    this.stopCause = cause;
    this.controller.abort(new Error(`The call was told to stop: ${cause}.`));
  }

  [Symbol.dispose](): void {
    clearTimeout(this.timer);
    this.shutdown.removeEventListener('abort', this.onShutdown);
  }
}
