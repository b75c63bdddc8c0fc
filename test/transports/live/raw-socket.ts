import { once } from 'node:events';
import { WebSocket } from 'ws';

export type Told = { type: string; id?: string; payload?: unknown };
export type RawSocket = AsyncDisposable & {
  socket: WebSocket;
  send(...messages: (object | string)[]): void;
  /** The next message. Throws when the socket closes instead. */
  told(): Promise<Told>;
  /** How it was closed. */
  closed: Promise<{ code: number; reason: string }>;
};

export type RawOptions = {
  protocol?: string | string[];
  headers?: Record<string, string>;
};

/** A websocket that says exactly what it is told to. */
export async function openRaw(
  url: string,
  { protocol = 'graphql-transport-ws', headers = {} }: RawOptions = {},
): Promise<RawSocket> {
  const socket = new WebSocket(url.replace('http', 'ws'), protocol, { headers });
  const arrived: Told[] = [];
  let wake = Promise.withResolvers<void>();
  socket.on('message', (data) => {
    arrived.push(JSON.parse(data.toString()));
    wake.resolve();
  });
  const closed = new Promise<{ code: number; reason: string }>((resolve) => {
    socket.on('close', (code, reason) => {
      resolve({ code, reason: reason.toString() });
      wake.resolve();
    });
  });
  await once(socket, 'open');
  return {
    socket,
    closed,
    send: (...messages) => {
      for (const message of messages) {
        socket.send(typeof message === 'string' ? message : JSON.stringify(message));
      }
    },
    told: async () => {
      while (arrived.length === 0 && socket.readyState !== socket.CLOSED) {
        await wake.promise;
        wake = Promise.withResolvers();
      }
      const next = arrived.shift();
      if (next) return next;
      throw new Error(`The socket was closed: ${JSON.stringify(await closed)}`);
    },
    [Symbol.asyncDispose]: async () => {
      socket.terminate();
      await closed;
    },
  };
}

/** One that has been let in. */
export async function openInitialised(
  url: string,
  { tenant = 'acme', ...options }: RawOptions & { tenant?: string } = {},
): Promise<RawSocket> {
  const raw = await openRaw(url, options);
  raw.send({ type: 'connection_init', payload: { 'x-tenantId': tenant } });
  await raw.told();
  return raw;
}
