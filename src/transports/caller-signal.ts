import type { FastifyInstance } from 'fastify';

const signals = new WeakMap<object, AbortSignal>();

/**
 * Gives every request a signal that aborts when its caller goes away before the answer is sent. (Fastify's own
 * `request.signal` aborts as soon as a body was read: that is when Node closes an incoming message.)
 */
export function watchCallers(server: FastifyInstance): void {
  server.addHook('onRequest', async (request, { raw }) => {
    const gone = new AbortController();
    signals.set(request, gone.signal);
    raw.on('close', () => {
      if (!raw.writableFinished) gone.abort();
    });
  });
}

export function callerSignal(request: object): AbortSignal | null {
  return signals.get(request) ?? null;
}
