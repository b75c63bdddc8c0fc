import type { ServerResponse } from 'node:http';
import type { FastifyInstance } from 'fastify';

const responses = new WeakMap<object, ServerResponse>();
const signals = new WeakMap<object, AbortSignal>();

/** Keeps what `callerSignal` needs. */
export function watchCallers(server: FastifyInstance): void {
  server.addHook('onRequest', (request, { raw }, done) => {
    responses.set(request, raw);
    done();
  });
}

/**
 * A signal that aborts when the caller goes away before the answer is sent. (Fastify's own `request.signal` aborts as
 * soon as a body was read: that is when Node closes an incoming message.) Null for what is no request of a watched
 * server.
 */
export function callerSignal(request: object): AbortSignal | null {
  const known = signals.get(request);
  if (known) return known;
  const response = responses.get(request);
  if (!response) return null;
  const gone = new AbortController();
  signals.set(request, gone.signal);
  const end = () => {
    if (!response.writableFinished) gone.abort();
  };
  if (response.closed) end();
  else response.once('close', end);
  return gone.signal;
}
