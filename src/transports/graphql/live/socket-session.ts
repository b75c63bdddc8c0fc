import {
  CloseCode,
  type ConnectionInitMessage,
  type Message,
  MessageType,
  type PingMessage,
  type SubscribeMessage,
  validateMessage,
} from 'graphql-ws';
import type { WebSocket } from 'ws';
import type { Context } from '../../../context.js';
import type { Logger } from '../../../logger.js';
import type { ActorLimits } from './actor-limits.js';
import { authorizeSocket, type Caller, type ContextFor, onExpiry } from './authorize.js';
import { closeRefused, closeSocket } from './close-socket.js';
import type { Operations } from './create-operations.js';
import { LiveOperation } from './live-operation.js';
import { type Format, OperationError } from './operation-error.js';
import type { SocketWriter } from './socket-writer.js';
import { tellOperation } from './tell-operation.js';

export type SessionParts = {
  operations: Operations;
  contextFor: ContextFor;
  connections: ActorLimits;
  subscriptions: ActorLimits;
  initTimeoutMs: number;
  pingMs: number;
  logger: Logger;
  format: Format;
};

/** One socket that speaks graphql-transport-ws (PROTOCOL.md of graphql-ws), from its opening to its end. */
export class SocketSession {
  private readonly caller: Caller;
  private readonly writer: SocketWriter;
  private readonly operations = new Map<string, LiveOperation>();
  private readonly held = new DisposableStack();
  private readonly initTimer: NodeJS.Timeout;
  private isInitialised = false;
  private ctx: Context | null = null;
  private pingedAt = performance.now();
  /** What had been flushed when the ping was sent that is not answered yet. */
  private unanswered: { flushes: number } | null = null;

  constructor(
    private readonly socket: WebSocket,
    { caller, writer }: { caller: Caller; writer: SocketWriter },
    private readonly parts: SessionParts,
  ) {
    this.caller = caller;
    this.writer = writer;
    const isLate = () =>
      this.close(CloseCode.ConnectionInitialisationTimeout, 'Connection initialisation timeout');
    this.initTimer = setTimeout(isLate, parts.initTimeoutMs).unref();
    socket.on('message', (data, isBinary) => this.hear(data.toString(), isBinary));
    socket.on('pong', () => {
      this.unanswered = null;
    });
    socket.on('close', () => this.end());
    // What is wrong with a frame closes the socket by itself (RFC 6455, section 7.1.7).
    socket.on('error', (err) => parts.logger.debug({ err, requestId: caller.id }, 'socket error'));
  }

  close(code: number, reason: string): void {
    closeSocket(this.socket, code, reason);
  }

  /** To be called at least every `pingMs`: asks for a sign of life, and ends a peer that gives none. */
  checkLife(now: number): void {
    if (now - this.pingedAt < this.parts.pingMs) return;
    const { flushes } = this.writer;
    if (this.unanswered?.flushes === flushes) {
      this.socket.terminate();
      return;
    }
    this.pingedAt = now;
    this.unanswered = { flushes };
    if (this.socket.readyState === this.socket.OPEN) this.socket.ping();
  }

  private end(): void {
    clearTimeout(this.initTimer);
    this.held.dispose();
    for (const operation of this.operations.values()) operation.end();
    this.operations.clear();
    this.writer.wakeAll();
  }

  private hear(data: string, isBinary: boolean): void {
    if (this.socket.readyState !== this.socket.OPEN) return;
    const message = isBinary ? null : parse(data);
    switch (message?.type) {
      case MessageType.ConnectionInit:
        void this.initialise(message);
        return;
      case MessageType.Ping:
        this.pong(message);
        return;
      case MessageType.Pong:
        return;
      case MessageType.Subscribe:
        void this.subscribe(message);
        return;
      case MessageType.Complete:
        this.operations.get(message.id)?.end();
        this.operations.delete(message.id);
        return;
      default:
        this.close(CloseCode.BadRequest, 'Invalid message received');
    }
  }

  private pong({ payload }: PingMessage): void {
    this.writer.send(JSON.stringify({ type: MessageType.Pong, ...(payload && { payload }) }));
  }

  private async initialise({ payload }: ConnectionInitMessage): Promise<void> {
    if (this.isInitialised) {
      return this.close(
        CloseCode.TooManyInitialisationRequests,
        'Too many initialisation requests',
      );
    }
    this.isInitialised = true;
    clearTimeout(this.initTimer);
    const { caller, parts } = this;
    try {
      const ctx = await authorizeSocket(caller, payload ?? {}, parts.contextFor);
      if (this.socket.readyState !== this.socket.OPEN) return;
      this.held.use(parts.connections.take(ctx.actor));
      const expire = () => this.close(CloseCode.Forbidden, 'The token has expired.');
      this.held.use(onExpiry(ctx, expire));
      this.ctx = ctx;
      this.writer.send(JSON.stringify({ type: MessageType.ConnectionAck }));
    } catch (err) {
      if (closeRefused(this.socket, err, caller.id)) return;
      parts.logger.error({ err, requestId: caller.id }, 'GraphQL socket without a context');
    }
  }

  private async subscribe({ id, payload }: SubscribeMessage): Promise<void> {
    if (!this.ctx) return this.close(CloseCode.Unauthorized, 'Unauthorized');
    if (this.operations.has(id)) {
      const reason = `Subscriber for ${id} already exists`;
      return this.close(CloseCode.SubscriberAlreadyExists, reason);
    }
    const operation = new LiveOperation();
    this.operations.set(id, operation);
    const prefix = `{"id":${JSON.stringify(id)},"type":`;
    const last = await this.tell(operation, { payload, prefix, ctx: this.ctx });
    // The caller may have begun another one under the same id meanwhile.
    if (operation.isOver) return;
    operation.end();
    this.operations.delete(id);
    this.writer.send(last);
  }

  /** The message that ends the operation. */
  private async tell(
    operation: LiveOperation,
    { payload, prefix, ctx }: Pick<SubscribeMessage, 'payload'> & { prefix: string; ctx: Context },
  ): Promise<string> {
    const { format } = this.parts;
    const outlet = {
      room: () => this.writer.room(),
      next: (text: string) => this.writer.send(`${prefix}"next","payload":${text}}`),
    };
    try {
      await tellOperation(operation, payload, { ...this.parts, outlet, ctx });
      return `${prefix}"complete"}`;
    } catch (error) {
      const errors = error instanceof OperationError ? error.errors : [format(error, ctx)];
      return `${prefix}"error","payload":${JSON.stringify(errors)}}`;
    }
  }
}

/** Null for what is no message of the protocol. */
function parse(data: string): Message | null {
  try {
    return validateMessage(JSON.parse(data));
  } catch {
    return null;
  }
}
