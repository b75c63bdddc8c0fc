import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import { textFrame } from './text-frame.js';
import type { WriteTurns } from './write-turns.js';

const roomBytes = 64 * 1024;
const floodBytes = 1024 * 1024;
const heldBytes = 16 * 1024;

/**
 * Writes to a socket no faster than its peer reads. The first message of a turn leaves at once, those that follow in the
 * same turn leave together at its end: in a burst the system calls are what takes the time.
 */
export class SocketWriter {
  /** How often something that was sent has left this process. */
  flushes = 0;
  private waiting: (() => void)[] = [];
  private hasWritten = false;
  private isHolding = false;

  /** `stream` is what `socket` speaks over, without extensions. */
  constructor(
    private readonly socket: WebSocket,
    private readonly stream: Duplex,
    private readonly turns: WriteTurns,
  ) {}

  /** Null when more may be sent now; else it resolves when that may be so, or when the socket is closed. */
  room(): Promise<void> | null {
    if (this.socket.bufferedAmount <= roomBytes) return null;
    return new Promise((resolve) => this.waiting.push(resolve));
  }

  /** In every case, whether there is room or not. Nothing, once the socket closes. */
  send(text: string): void {
    const { socket, stream } = this;
    if (socket.readyState !== socket.OPEN) return;
    this.beforeWrite();
    stream.write(textFrame(text), this.onSent);
    if (this.isHolding && stream.writableLength > heldBytes) this.release();
    // A peer that asks without reading the answers is not heard until it does.
    if (socket.bufferedAmount > floodBytes) socket.pause();
  }

  endTurn(): void {
    this.hasWritten = false;
    this.release();
  }

  wakeAll(): void {
    const { waiting } = this;
    this.waiting = [];
    for (const wake of waiting) wake();
  }

  private beforeWrite(): void {
    if (!this.hasWritten) {
      this.hasWritten = true;
      this.turns.join(this);
    } else if (!this.isHolding) {
      this.isHolding = true;
      this.stream.cork();
    }
  }

  private release(): void {
    if (!this.isHolding) return;
    this.isHolding = false;
    this.stream.uncork();
  }

  private readonly onSent = (error?: Error | null): void => {
    if (error) return;
    this.flushes += 1;
    if (this.socket.bufferedAmount > roomBytes) return;
    if (this.socket.isPaused) this.socket.resume();
    if (this.waiting.length > 0) this.wakeAll();
  };
}
