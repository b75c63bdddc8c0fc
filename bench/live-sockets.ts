import { randomBytes } from 'node:crypto';
import { connect, type Socket } from 'node:net';

export type SocketListener = {
  /** One whole text message, at `start` up to `end` of bytes that are overwritten afterwards. */
  onText(bytes: Buffer, start: number, end: number): void;
  onEnd(reason: string): void;
};

export type RawSocket = { send(text: string): void; end(): void };

const opcodes = { text: 1, close: 8, ping: 9, pong: 10 } as const;

// Every socket reads into the same bytes: what one was told is dealt with before the next one is read.
const readBuffer = Buffer.allocUnsafe(256 * 1024);

/**
 * A websocket (RFC 6455) that costs as little as can be, so that thousands of them measure the server and not
 * themselves: whole, uncompressed messages, nothing copied, nothing decoded.
 */
export function openSocket(
  url: string,
  { protocol, headers }: { protocol: string | null; headers: Record<string, string> },
  listener: SocketListener,
): Promise<RawSocket> {
  const { hostname, port, pathname } = new URL(url);
  return new Promise((resolve, reject) => {
    let isOpen = false;
    let rest: Buffer | null = null;
    const raw: RawSocket = {
      send: (text) => socket.write(frame(opcodes.text, Buffer.from(text))),
      end: () => socket.destroy(),
    };
    const take = (bytes: Buffer): Buffer | null => {
      if (isOpen) return takeFrames(bytes, socket, listener);
      const end = bytes.indexOf('\r\n\r\n');
      if (end < 0) return bytes;
      const status = bytes.toString('latin1', 0, bytes.indexOf('\r\n'));
      if (!status.startsWith('HTTP/1.1 101 ')) {
        socket.destroy();
        reject(new Error(`${url} answered ${status}`));
        return null;
      }
      isOpen = true;
      resolve(raw);
      return takeFrames(bytes.subarray(end + 4), socket, listener);
    };
    const socket = connect({
      ...{ host: hostname, port: Number(port) },
      onread: {
        buffer: readBuffer,
        callback: (length) => {
          const read = readBuffer.subarray(0, length);
          const left = take(rest ? Buffer.concat([rest, read]) : read);
          rest = left && left.length > 0 ? Buffer.from(left) : null;
          return true;
        },
      },
    });
    const end = (reason: string) => {
      if (isOpen) listener.onEnd(reason);
      else reject(new Error(reason));
    };
    socket.setNoDelay(true);
    socket.once('connect', () =>
      socket.write(handshake({ hostname, port, pathname, protocol, headers })),
    );
    socket.on('error', (error) => end(error.message));
    socket.on('end', () => end('the connection ended'));
  });
}

function handshake(request: {
  hostname: string;
  port: string;
  pathname: string;
  protocol: string | null;
  headers: Record<string, string>;
}): string {
  const lines = {
    host: `${request.hostname}:${request.port}`,
    connection: 'Upgrade',
    upgrade: 'websocket',
    'sec-websocket-key': randomBytes(16).toString('base64'),
    'sec-websocket-version': '13',
    ...(request.protocol && { 'sec-websocket-protocol': request.protocol }),
    ...request.headers,
  };
  const text = Object.entries(lines).map(([name, value]) => `${name}: ${value}\r\n`);
  return `GET ${request.pathname} HTTP/1.1\r\n${text.join('')}\r\n`;
}

/** Tells what is whole, and answers what is not. */
function takeFrames(bytes: Buffer, socket: Socket, listener: SocketListener): Buffer {
  let at = 0;
  while (at + 2 <= bytes.length) {
    const short = (bytes[at + 1] ?? 0) & 0x7f;
    const header = short < 126 ? 2 : short === 126 ? 4 : 10;
    if (at + header > bytes.length) break;
    const length =
      short < 126
        ? short
        : short === 126
          ? bytes.readUInt16BE(at + 2)
          : Number(bytes.readBigUInt64BE(at + 2));
    const start = at + header;
    const end = start + length;
    if (end > bytes.length) break;
    const opcode = (bytes[at] ?? 0) & 0x0f;
    if (opcode === opcodes.text) listener.onText(bytes, start, end);
    else if (opcode === opcodes.ping) socket.write(frame(opcodes.pong, bytes.subarray(start, end)));
    else if (opcode === opcodes.close) {
      const code = length >= 2 ? bytes.readUInt16BE(start) : 1005;
      listener.onEnd(`closed with ${code} ${bytes.toString('utf8', start + 2, end)}`);
      socket.destroy();
      return bytes.subarray(end);
    }
    at = end;
  }
  return bytes.subarray(at);
}

/** A client masks what it sends (RFC 6455, section 5.3); with a key of zeros the bytes stay as they are. */
function frame(opcode: number, payload: Buffer): Buffer {
  const { length } = payload;
  const header =
    length < 126
      ? Buffer.from([0x80 | opcode, 0x80 | length])
      : Buffer.from([0x80 | opcode, 0x80 | 126, length >> 8, length & 0xff]);
  return Buffer.concat([header, Buffer.alloc(4), payload]);
}
