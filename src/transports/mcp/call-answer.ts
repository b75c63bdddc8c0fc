import type { FastifyReply } from 'fastify';
import type { EventLogWriter } from './event-log.js';
import { EventStream } from './event-stream.js';

export type CallAnswerOptions = {
  pingMs: number;
  headers: Record<string, string>;
  /** Keeps what is sent, so that it can be told again; null: who loses the connection loses the answer. */
  log: EventLogWriter | null;
  /** Whether the stream begins with an event that only has an id. */
  isPrimed: boolean;
};

/**
 * The answer to one call: a JSON body, which becomes a stream of events once there is something to tell before the end,
 * or the end is long in coming.
 */
export class CallAnswer {
  private stream: EventStream | null = null;
  private writing: Promise<void> = Promise.resolve();
  private readonly waiting: NodeJS.Timeout;

  constructor(
    private readonly reply: FastifyReply,
    private readonly options: CallAnswerOptions,
  ) {
    this.waiting = setTimeout(() => this.open(), options.pingMs).unref();
  }

  /** Whether the answer survives its connection. */
  get isResumable(): boolean {
    return this.stream !== null && this.options.log !== null;
  }

  /** Whether the answer has begun: there is no HTTP status to give it any more. */
  get isOpen(): boolean {
    return this.stream !== null;
  }

  /** Leaves it to the caller to answer. */
  abandon(): void {
    clearTimeout(this.waiting);
  }

  notify(text: string): void {
    this.write(this.open(), text, false);
  }

  /** Sends the last message, or with null ends without one. */
  async finish(text: string | null): Promise<void> {
    clearTimeout(this.waiting);
    const { stream, reply, options } = this;
    if (stream) {
      if (text !== null) this.write(stream, text, true);
      await this.writing;
      stream.end();
      return;
    }
    reply.headers(options.headers);
    if (text === null) await reply.code(202).send();
    else await reply.type('application/json').send(text);
  }

  private open(): EventStream {
    if (this.stream) return this.stream;
    clearTimeout(this.waiting);
    const { pingMs, headers, log, isPrimed } = this.options;
    const stream = new EventStream(this.reply, { pingMs, headers });
    this.stream = stream;
    if (log && isPrimed) this.write(stream, '', false);
    return stream;
  }

  /** What is kept is kept before it is sent: a caller can name only what another replica can find. */
  private write(stream: EventStream, text: string, isLast: boolean): void {
    const { log } = this.options;
    this.writing = this.writing.then(async () => {
      // What cannot be kept is sent all the same.
      const id = log ? await log.append(text, isLast).catch(() => null) : null;
      if (text !== '' || id !== null) stream.send(text, id);
    });
  }
}
