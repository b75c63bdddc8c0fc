import type { AddressInfo } from 'node:net';
import { createServer, type Server, type Socket } from 'node:net';

/** One request as it came: its head as text, and the socket to answer on. */
export type RawRequest = { head: string; socket: Socket; index: number };

export type FaultyServer = AsyncDisposable & {
  port: number;
  /** Without a trailing slash. */
  url: string;
  /** Heads of the requests in the order in which they came. */
  heads: string[];
  /** Connections that are open now. */
  openSockets(): number;
  /** Resolves once no connection is open. */
  allClosed(): Promise<void>;
};

/** A TCP server on 127.0.0.1 that answers with whatever bytes `answer` writes, if any. */
export async function startFaultyServer(
  answer: (request: RawRequest) => void,
): Promise<FaultyServer> {
  const sockets = new Set<Socket>();
  const heads: string[] = [];
  let whenClosed: (() => void)[] = [];
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    let buffered = '';
    socket.on('data', (chunk) => {
      buffered += chunk.toString('latin1');
      for (let end = headEnd(buffered); end !== -1; end = headEnd(buffered)) {
        const head = buffered.slice(0, end);
        const length = Number(/^content-length: *(\d+)/im.exec(head)?.[1] ?? 0);
        if (buffered.length < end + length) return;
        buffered = buffered.slice(end + length);
        heads.push(head);
        answer({ head, socket, index: heads.length - 1 });
      }
    });
    socket.on('error', () => {});
    socket.on('close', () => {
      sockets.delete(socket);
      if (sockets.size > 0) return;
      for (const done of whenClosed) done();
      whenClosed = [];
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    port,
    url: `http://127.0.0.1:${port}`,
    heads,
    openSockets: () => sockets.size,
    allClosed: () =>
      sockets.size === 0
        ? Promise.resolve()
        : new Promise((resolve) => {
            whenClosed.push(resolve);
          }),
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function headEnd(text: string): number {
  const at = text.indexOf('\r\n\r\n');
  return at === -1 ? -1 : at + 4;
}
