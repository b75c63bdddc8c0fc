import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What this process says once: where it listens. It ends when it is told to. */
export type UpstreamAnswer = { url: string };

const answer = JSON.stringify({
  id: 7,
  name: 'Desk lamp',
  price: { amount: 24.5, currency: 'EUR' },
  tags: ['light', 'office'],
  isInStock: true,
});
const headers = { 'content-type': 'application/json', 'content-length': answer.length };

const slowMs = 5;

/** Answers every request with the same small JSON once its body has come; under `/slow`, 5 ms later. */
const server = createServer((request, response) => {
  const reply = () => response.writeHead(200, headers).end(answer);
  const isSlow = request.url?.startsWith('/slow');
  request.resume().on('end', () => {
    if (isSlow) setTimeout(reply, slowMs);
    else reply();
  });
});

server.keepAliveTimeout = 60_000;
server.listen(0, '127.0.0.1', () => {
  const { port } = server.address() as AddressInfo;
  process.send?.({ url: `http://127.0.0.1:${port}` } satisfies UpstreamAnswer);
});
process.on('message', () => process.exit(0));
