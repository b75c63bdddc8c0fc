import { AppError } from '../../src/errors.js';
import type { HttpClient } from '../../src/upstream/http-client.js';

/** Talks to local test servers, which the egress guard of the real client refuses by default. */
export function createFetchClient(): HttpClient {
  return {
    async send({ url, method = 'GET', headers = {}, maxBytes = Infinity, timeoutMs, signal }) {
      const signals = [
        signal,
        timeoutMs === undefined ? undefined : AbortSignal.timeout(timeoutMs),
      ];
      const response = await fetch(url, {
        method,
        headers,
        signal: AbortSignal.any(signals.filter((one) => one !== undefined)),
      }).catch((cause) => {
        signal?.throwIfAborted();
        throw new AppError('UPSTREAM_FAILED', 'The server could not be reached.', {}, { cause });
      });
      const body = new Uint8Array(await response.arrayBuffer());
      if (body.byteLength > maxBytes) {
        throw new AppError('LIMIT_EXCEEDED', `The answer has more than ${maxBytes} bytes.`);
      }
      return {
        status: response.status,
        headers: Object.fromEntries(response.headers),
        body,
        url: response.url,
      };
    },
    async [Symbol.asyncDispose]() {},
  };
}
