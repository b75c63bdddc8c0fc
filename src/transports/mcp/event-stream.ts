import type { ServerResponse } from 'node:http';
import type { FastifyReply } from 'fastify';

/** How long a caller may take to read what is left for it. */
const lastBytesMs = 1_000;

/** How long a client should wait before it resumes. */
const retryMs = 1_000;

const streamHeaders = {
  'content-type': 'text/event-stream',
  'cache-control': 'no-cache, no-transform',
  // A connection that is kept would hold a stopping server until somebody uses it again.
  connection: 'close',
  // Asks nginx not to collect what it passes on.
  'x-accel-buffering': 'no',
};

/** Server-sent events (WHATWG HTML, section 9.2) on one answer, with comments in between that keep it alive. */
export class EventStream {
  private readonly raw: ServerResponse;
  private readonly timer: NodeJS.Timeout;
  private isStalled = false;
  private readonly closing = new AbortController();

  constructor(
    reply: FastifyReply,
    { pingMs, headers = {} }: { pingMs: number; headers?: Record<string, string> },
  ) {
    reply.hijack();
    this.raw = reply.raw;
    this.raw.socket?.setNoDelay(true);
    this.raw.writeHead(200, { ...streamHeaders, ...headers });
    // Some clients take an answer for begun with its first bytes only.
    this.comment();
    this.timer = setInterval(() => this.keepAlive(), pingMs).unref();
    this.raw.on('drain', () => {
      this.isStalled = false;
    });
    this.raw.on('close', () => this.finish());
    this.raw.on('error', () => this.raw.destroy());
  }

  /** Aborts when nothing more can be sent. */
  get signal(): AbortSignal {
    return this.closing.signal;
  }

  /** Resolves when the caller has taken what was sent, or is gone. */
  async drained(): Promise<void> {
    if (this.signal.aborted || !this.raw.writableNeedDrain) return;
    await new Promise<void>((resolve) => {
      this.raw.once('drain', resolve);
      this.signal.addEventListener('abort', () => resolve(), { once: true });
    });
  }

  /** A message, or with an empty text an event that only says where and when to resume. */
  send(text: string, id: string | null = null): void {
    if (this.signal.aborted) return;
    const head = text === '' ? `retry: ${retryMs}\n` : 'event: message\n';
    this.raw.write(`${head}${id === null ? '' : `id: ${id}\n`}data: ${text}\n\n`);
  }

  end(): void {
    this.finish();
    const late = setTimeout(() => this.raw.destroy(), lastBytesMs).unref();
    this.raw.on('close', () => clearTimeout(late));
    this.raw.end();
  }

  private finish(): void {
    clearInterval(this.timer);
    this.closing.abort();
  }

  /** A caller that took nothing since the last sign of life is given up. */
  private keepAlive(): void {
    if (!this.raw.writableNeedDrain) this.comment();
    else if (this.isStalled) this.raw.destroy();
    else this.isStalled = true;
  }

  private comment(): void {
    this.raw.write(': \n\n');
  }
}
