import type { ServerResponse } from 'node:http';
import type { Outlet } from './tell-operation.js';

/** How long a caller may take to read what is left for it. */
const lastBytesMs = 1_000;

/** One answer of server-sent events (WHATWG HTML, section 9.2), written no faster than it is read. */
export class EventStream implements Outlet {
  private ending: (() => void) | null = null;
  private waiting: (() => void) | null = null;
  private readonly timer: NodeJS.Timeout;
  private isStalled = false;
  private isOver = false;

  constructor(
    private readonly raw: ServerResponse,
    pingMs: number,
  ) {
    // Some browsers take an answer for begun with its first bytes only.
    this.comment();
    this.timer = setInterval(() => this.keepAlive(), pingMs).unref();
    raw.on('drain', () => this.wake());
    raw.on('close', () => this.finish());
    raw.on('error', () => raw.destroy());
  }

  room(): Promise<void> | null {
    if (this.isOver || !this.raw.writableNeedDrain) return null;
    return new Promise((resolve) => {
      this.waiting = resolve;
    });
  }

  next(text: string): void {
    if (!this.isOver) this.raw.write(`event: next\ndata: ${text}\n\n`);
  }

  complete(): void {
    if (!this.isOver) this.raw.write('event: complete\ndata:\n\n');
    this.end();
  }

  /** Without a `complete`: the caller may go on elsewhere. */
  end(): void {
    this.finish();
    const late = setTimeout(() => this.raw.destroy(), lastBytesMs).unref();
    this.raw.on('close', () => clearTimeout(late));
    this.raw.end();
  }

  /** Calls back once, when nothing more is to be told. */
  onEnd(ending: () => void): void {
    this.ending = ending;
    if (this.isOver) ending();
  }

  private finish(): void {
    if (this.isOver) return;
    this.isOver = true;
    clearInterval(this.timer);
    this.ending?.();
    this.wake();
  }

  /** A comment is a sign of life to proxies; a caller that took nothing since the last one is given up. */
  private keepAlive(): void {
    if (!this.raw.writableNeedDrain) {
      this.isStalled = false;
      this.comment();
    } else if (this.isStalled) {
      this.raw.destroy();
    } else {
      this.isStalled = true;
    }
  }

  private comment(): void {
    this.raw.write(':\n\n');
  }

  private wake(): void {
    this.isStalled = false;
    this.waiting?.();
    this.waiting = null;
  }
}
