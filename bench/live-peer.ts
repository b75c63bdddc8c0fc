import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { WebSocket, WebSocketServer } from 'ws';
import { readCpu, readUsage, type Usage } from './live-usage.js';
import { machineMs } from './machine-clock.js';

export type LivePeerQuestion = 'usage' | 'cpu' | 'end';
export type LivePeerAnswer = { url: string } | Usage | { cpuMs: number };

const newline = 10;

/**
 * The least that a server can do: each line that is posted goes to every websocket, as in the example of a broadcast in
 * the manual of `ws`. The answer is the time at which the lines were there.
 */
async function main(): Promise<void> {
  const server = createServer(async (request, response) => {
    const body = await buffer(request);
    const atMs = machineMs();
    for (const line of linesOf(body)) {
      for (const client of sockets.clients) {
        if (client.readyState === WebSocket.OPEN) client.send(line, { binary: false });
      }
    }
    response.end(String(atMs));
  });
  const sockets = new WebSocketServer({ server, perMessageDeflate: false });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const send = (message: LivePeerAnswer) => process.send?.(message);
  process.on('message', (question: LivePeerQuestion) => {
    if (question === 'usage') send(readUsage());
    if (question === 'cpu') send(readCpu());
    if (question === 'end') process.exit(0);
  });
  const { port } = server.address() as AddressInfo;
  send({ url: `http://127.0.0.1:${port}` });
}

function linesOf(body: Buffer): Buffer[] {
  const lines: Buffer[] = [];
  for (let at = 0; at < body.length; ) {
    const found = body.indexOf(newline, at);
    const end = found < 0 ? body.length : found;
    lines.push(body.subarray(at, end));
    at = end + 1;
  }
  return lines;
}

await main();
