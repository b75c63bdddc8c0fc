import {
  isJSONRPCErrorResponse,
  isJSONRPCRequest,
  isJSONRPCResultResponse,
  type JSONRPCMessage,
  type MessageExtraInfo,
  type RequestId,
  type Transport,
  type TransportSendOptions,
} from '@modelcontextprotocol/client';
import { AppError } from '../../errors.js';
import type { Exchange, Exchanges } from './mcp-exchange.js';

export type WatchedTransportOptions = {
  exchanges: Exchanges;
  /** What a stream belongs to that stands as long as the session. */
  standing: Exchange;
  /** Names the server in a sentence. */
  host: string;
  /** Whether an error of the transport means that nothing more will be heard. */
  isFatal: (error: Error) => boolean;
  onFatal: () => void;
};

/**
 * A transport of the SDK that knows which exchange a message belongs to: requests end with their exchange, and a request
 * whose stream ends without its answer fails at once, where the SDK would wait for its time to be up.
 */
export class WatchedTransport implements Transport {
  onclose?: (() => void) | undefined;
  onerror?: ((error: Error) => void) | undefined;
  onmessage?: Transport['onmessage'];
  #isSettling = false;
  readonly #waiting = new Map<RequestId, Exchange>();

  constructor(
    private readonly inner: Transport,
    private readonly options: WatchedTransportOptions,
  ) {}

  get hasPerRequestStream(): boolean {
    return this.inner.hasPerRequestStream === true;
  }

  get sessionId(): string | undefined {
    return this.inner.sessionId;
  }

  /** The exchange that waits for an answer, where there is one alone. */
  get onlyExchange(): Exchange | null {
    const [first, ...others] = this.#waiting.values();
    return others.length === 0 ? (first ?? null) : null;
  }

  setProtocolVersion(version: string): void {
    this.inner.setProtocolVersion?.(version);
  }

  async start(): Promise<void> {
    this.inner.onclose = () => this.onclose?.();
    this.inner.onerror = (error) => this.#failed(error);
    this.inner.onmessage = (message, extra) => this.#heard(message, extra);
    const { exchanges, standing } = this.options;
    await exchanges.run(standing, () => this.inner.start());
  }

  async send(message: JSONRPCMessage, options: TransportSendOptions = {}): Promise<void> {
    const { exchanges } = this.options;
    const exchange = exchanges.getStore() ?? null;
    if (!isJSONRPCRequest(message) || exchange === null) {
      return exchanges.run(null, () => this.inner.send(message, options));
    }
    const { id } = message;
    const { requestSignal, onRequestStreamEnd } = options;
    this.#waiting.set(id, exchange);
    exchange.signal.addEventListener('abort', () => this.#waiting.delete(id), { once: true });
    try {
      await this.inner.send(message, {
        ...options,
        requestSignal: requestSignal
          ? AbortSignal.any([requestSignal, exchange.signal])
          : exchange.signal,
        onRequestStreamEnd: () => {
          onRequestStreamEnd?.();
          exchange.streamEnded();
          this.#inTurn(() => this.#lost(id));
        },
      });
    } catch (error) {
      this.#waiting.delete(id);
      throw error;
    }
    if (exchange.status === 202 && this.hasPerRequestStream) this.#inTurn(() => this.#lost(id));
  }

  close(): Promise<void> {
    return this.inner.close();
  }

  /** The SDK handles a notification a little later than an answer, which must not overtake it. */
  #heard(message: JSONRPCMessage, extra: MessageExtraInfo | undefined): void {
    if (!isJSONRPCResultResponse(message) && !isJSONRPCErrorResponse(message)) {
      this.onmessage?.(message, extra);
      if (this.#isSettling) return;
      this.#isSettling = true;
      setImmediate(() => {
        this.#isSettling = false;
      });
      return;
    }
    this.#inTurn(() => this.#answered(message, extra));
  }

  #inTurn(work: () => void): void {
    if (this.#isSettling) setImmediate(work);
    else work();
  }

  #answered(message: JSONRPCMessage, extra: MessageExtraInfo | undefined): void {
    const id = 'id' in message ? message.id : undefined;
    const exchange = id === undefined ? undefined : this.#waiting.get(id);
    if (id !== undefined && exchange) {
      this.#waiting.delete(id);
      if (isJSONRPCResultResponse(message)) exchange.result = message.result;
    }
    this.onmessage?.(message, extra);
  }

  #failed(error: Error): void {
    this.onerror?.(error);
    if (!this.options.isFatal(error)) return;
    this.#inTurn(() => {
      for (const id of [...this.#waiting.keys()]) this.#lost(id);
      this.options.onFatal();
    });
  }

  /** No answer comes any more: the SDK is told so in the only way that ends one request. */
  #lost(id: RequestId): void {
    const exchange = this.#waiting.get(id);
    if (!exchange) return;
    this.#waiting.delete(id);
    exchange.failure ??= new AppError(
      'UPSTREAM_FAILED',
      `"${this.options.host}" ended its answer before the result was there.`,
      { isConnectionLost: true },
    );
    const error = { code: -32000, message: 'The stream ended without an answer.' };
    this.onmessage?.({ jsonrpc: '2.0', id, error });
  }
}
