import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { CloseCode, GRAPHQL_TRANSPORT_WS_PROTOCOL } from 'graphql-ws';
import { type WebSocket, WebSocketServer } from 'ws';
import type { Caller } from './authorize.js';
import { closeSocket, goingAway } from './close-socket.js';
import { type SessionParts, SocketSession } from './socket-session.js';
import { SocketWriter } from './socket-writer.js';
import { WriteTurns } from './write-turns.js';

export type SocketsOptions = SessionParts & {
  server: Server;
  maxMessageBytes: number;
  idOf(request: IncomingMessage): string;
};

export type Sockets = {
  readonly open: number;
  /** Closes all with 1001 and takes no more; resolves when they are closed. */
  close(): Promise<void>;
};

/** How long a peer may take to agree that its socket is closed. */
const closeMs = 1_000;
const looksPerPing = 4;

/** Whether a request asks for a socket of GraphQL; any other upgrade is passed over (RFC 9110, section 7.8). */
export function isSocketRequest({ headers, url = '' }: IncomingMessage): boolean {
  const [path] = url.split('?');
  return headers.upgrade?.toLowerCase() === 'websocket' && path === '/graphql';
}

/** Takes the websockets of `/graphql`. */
export function serveSockets({ server, idOf, ...options }: SocketsOptions): Sockets {
  const listener = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: options.maxMessageBytes,
    handleProtocols: chooseProtocol,
  });
  const sessions = new Map<WebSocket, SocketSession>();
  let isClosing = false;
  const turns = new WriteTurns();
  const open = (socket: WebSocket, stream: Duplex, caller: Caller) => {
    if (socket.protocol !== GRAPHQL_TRANSPORT_WS_PROTOCOL) return refuseProtocol(socket);
    const writer = new SocketWriter(socket, stream, turns);
    sessions.set(socket, new SocketSession(socket, { caller, writer }, options));
    socket.on('close', () => sessions.delete(socket));
  };
  server.on('upgrade', (request: IncomingMessage, stream: Duplex, head: Buffer) => {
    if (!isSocketRequest(request)) return refuse(stream, '404 Not Found');
    if (isClosing) return refuse(stream, '503 Service Unavailable');
    const caller = { headers: request.headers, id: idOf(request) };
    listener.handleUpgrade(request, stream, head, (socket) => open(socket, stream, caller));
  });
  const looks = setInterval(() => {
    const now = performance.now();
    for (const session of sessions.values()) session.checkLife(now);
  }, options.pingMs / looksPerPing).unref();
  return {
    get open() {
      return sessions.size;
    },
    close: async () => {
      isClosing = true;
      clearInterval(looks);
      await Promise.all([...sessions.keys()].map(closeOne));
    },
  };
}

/** A peer that speaks something else is answered in its own words first, so that it can read why it is closed. */
function chooseProtocol(protocols: Set<string>): string | false {
  if (protocols.has(GRAPHQL_TRANSPORT_WS_PROTOCOL)) return GRAPHQL_TRANSPORT_WS_PROTOCOL;
  const [first = false] = protocols;
  return first;
}

function refuseProtocol(socket: WebSocket): void {
  socket.on('error', () => socket.terminate());
  closeSocket(socket, CloseCode.SubprotocolNotAcceptable, 'Subprotocol not acceptable');
}

function refuse(stream: Duplex, status: string): void {
  stream.on('error', () => stream.destroy());
  stream.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}

async function closeOne(socket: WebSocket): Promise<void> {
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  const late = setTimeout(() => socket.terminate(), closeMs);
  closeSocket(socket, goingAway, 'Going away');
  await closed;
  clearTimeout(late);
}
