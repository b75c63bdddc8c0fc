import type { WebSocket } from 'ws';

const roomBytes = 64 * 1024;
const floodBytes = 1024 * 1024;

/** Writes to a socket no faster than its peer reads. */
export class SocketWriter {
  /** How often something that was sent has left this process. */
  flushes = 0;
  private waiting: (() => void)[] = [];

  constructor(private readonly socket: WebSocket) {}

  /** Null when more may be sent now; else it resolves when that may be so, or when the socket is closed. */
  room(): Promise<void> | null {
    if (this.socket.bufferedAmount <= roomBytes) return null;
    return new Promise((resolve) => this.waiting.push(resolve));
  }

  /** In every case, whether there is room or not. Nothing, once the socket closes. */
  send(text: string): void {
    const { socket } = this;
    if (socket.readyState !== socket.OPEN) return;
    socket.send(text, this.onSent);
    // A peer that asks without reading the answers is not heard until it does.
    if (socket.bufferedAmount > floodBytes) socket.pause();
  }

  wakeAll(): void {
    const { waiting } = this;
    this.waiting = [];
    for (const wake of waiting) wake();
  }

  private readonly onSent = (): void => {
    this.flushes += 1;
    if (this.socket.bufferedAmount > roomBytes) return;
    if (this.socket.isPaused) this.socket.resume();
    if (this.waiting.length > 0) this.wakeAll();
  };
}
