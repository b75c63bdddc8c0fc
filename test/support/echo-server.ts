import type { AddressInfo } from 'node:net';
import { createServer, type Socket } from 'node:net';

/** A request as its bytes were, head decoded as Latin-1. */
export type ReceivedRequest = {
  method: string;
  target: string;
  headers: [name: string, value: string][];
  body: Buffer;
};

export type EchoServer = AsyncDisposable & {
  /** Without a trailing slash. */
  origin: string;
  /** What was received since the last time, in order. */
  take(): ReceivedRequest[];
};

/** Reads requests on 127.0.0.1 without an HTTP library in between and answers each with 204. */
export async function startEchoServer(): Promise<EchoServer> {
  let received: ReceivedRequest[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    let pending: Buffer = Buffer.alloc(0);
    socket.setNoDelay(true);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    socket.on('data', (chunk) => {
      pending = Buffer.concat([pending, chunk]);
      for (let read = readRequest(pending); read; read = readRequest(pending)) {
        received.push(read.request);
        pending = pending.subarray(read.length);
        socket.write('HTTP/1.1 204 No Content\r\n\r\n');
      }
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    take() {
      const taken = received;
      received = [];
      return taken;
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function readRequest(bytes: Buffer): { request: ReceivedRequest; length: number } | null {
  const end = bytes.indexOf('\r\n\r\n');
  if (end < 0) return null;
  const [start = '', ...lines] = bytes.subarray(0, end).toString('latin1').split('\r\n');
  const [method = '', target = ''] = start.split(' ');
  const headers = lines.map((line): [string, string] => {
    const colon = line.indexOf(':');
    return [line.slice(0, colon), line.slice(colon + 1).trim()];
  });
  const length = Number(headerOf(headers, 'content-length') ?? 0);
  const from = end + 4;
  if (bytes.length < from + length) return null;
  const body = Buffer.from(bytes.subarray(from, from + length));
  return { request: { method, target, headers, body }, length: from + length };
}

export function headerOf(headers: [string, string][], wanted: string): string | undefined {
  return headers.find(([name]) => name.toLowerCase() === wanted.toLowerCase())?.[1];
}
