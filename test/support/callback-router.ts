import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';

export type CallbackMessage = {
  kind: string;
  action: 'check' | 'next' | 'complete';
  id: string;
  verifier: string;
  payload?: { data?: unknown; errors?: { message: string; extensions?: object }[] };
  errors?: { message: string; extensions?: object }[];
  headers: IncomingHttpHeaders;
};

export type CallbackRouter = AsyncDisposable & {
  url: string;
  /** The next message of this kind, waiting for it; heartbeats are checks too. */
  take(action: CallbackMessage['action']): Promise<CallbackMessage>;
  /** Messages that nobody took. */
  left(action: CallbackMessage['action']): number;
  /** Status of the answers from now on, by action; 204 unless told. */
  answer(statuses: Partial<Record<CallbackMessage['action'], number>>): void;
};

/** The side of Apollo Router in its HTTP callback protocol, on 127.0.0.1. */
export async function startCallbackRouter(): Promise<CallbackRouter> {
  const waiting = { check: [], next: [], complete: [] } as Record<
    string,
    ((m: CallbackMessage) => void)[]
  >;
  const came = { check: [], next: [], complete: [] } as Record<string, CallbackMessage[]>;
  let statuses: Partial<Record<string, number>> = {};
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const message = JSON.parse(Buffer.concat(chunks).toString()) as CallbackMessage;
    const { action } = message;
    const told = { ...message, headers: request.headers };
    const taker = waiting[action]?.shift();
    if (taker) taker(told);
    else came[action]?.push(told);
    const status = statuses[action] ?? 204;
    const isRedirect = status >= 300 && status < 400;
    response.writeHead(status, {
      'subscription-protocol': 'callback/1.0',
      ...(isRedirect && { location: '/elsewhere' }),
    });
    response.end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/callback/1`,
    take: async (action) =>
      came[action]?.shift() ?? new Promise((resolve) => waiting[action]?.push(resolve)),
    left: (action) => came[action]?.length ?? 0,
    answer: (next) => {
      statuses = next;
    },
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
