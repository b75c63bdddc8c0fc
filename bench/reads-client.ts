import { Pool } from 'undici';
import { headers, type ReadRequest } from './reads-cases.js';

/** Requests under way at once while throughput is measured. */
export const concurrency = 8;

export type ReadClient = AsyncDisposable & {
  /** The body of the answer; throws when it is no success. */
  read(request: ReadRequest): Promise<string>;
  /** Answers a second over such a time. */
  rate(request: ReadRequest, durationMs: number): Promise<number>;
};

export function openClient(url: string): ReadClient {
  const pool = new Pool(url, { connections: concurrency, keepAliveTimeout: 60_000 });
  const send = ({ method, path, body, headers: own }: ReadRequest) =>
    pool.request({ method, path, headers: { ...headers, ...own }, ...(body !== null && { body }) });
  const read = async (request: ReadRequest) => {
    const { statusCode, body } = await send(request);
    const text = await body.text();
    const isRefused = statusCode !== 200 || text.startsWith('{"errors"');
    if (isRefused) throw new Error(`${statusCode} for ${request.path}: ${text.slice(0, 500)}`);
    return text;
  };
  const rate = async (request: ReadRequest, durationMs: number) => {
    const started = performance.now();
    const until = started + durationMs;
    let answered = 0;
    const askOn = async () => {
      while (performance.now() < until) {
        const { statusCode, body } = await send(request);
        await body.dump({ limit: Number.MAX_SAFE_INTEGER });
        if (statusCode !== 200) throw new Error(`${statusCode} for ${request.path}`);
        answered += 1;
      }
    };
    await Promise.all(Array.from({ length: concurrency }, askOn));
    return answered / ((performance.now() - started) / 1e3);
  };
  return { read, rate, [Symbol.asyncDispose]: () => pool.close() };
}
