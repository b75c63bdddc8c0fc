import { AppError } from '../errors.js';
import type { HttpClient, OpeningRequest, OpenResponse } from './http-client.js';

export type GuardedFetchRequest = OpeningRequest & {
  /** Longest single event of an event stream, and longest answer that is none, in bytes. */
  maxEventBytes: number;
  /** Told what broke a stream off, as whoever reads it may only see that it broke. */
  onBroken?: (error: unknown) => void;
  /** Told the size of each piece of the answer. */
  onBytes?: (bytes: number) => void;
};

/**
 * A request through the egress guard, answered as `fetch` would: an event stream is read as it comes, any other answer is
 * read whole first. Redirects are answers, unless `maxRedirects` says otherwise. Throws as `HttpClient.open` does.
 */
export async function guardedFetch(
  http: Pick<HttpClient, 'open'>,
  request: GuardedFetchRequest,
): Promise<Response> {
  const answer = await http.open({ maxRedirects: 0, ...request });
  const { status, headers } = answer;
  const init = { status, headers };
  if (status === 204 || status === 205 || status === 304) {
    answer.cancel();
    return new Response(null, init);
  }
  if (/^text\/event-stream\b/i.test(headers['content-type'] ?? '')) {
    return new Response(toStream(answer, request), init);
  }
  return new Response(await readWhole(answer, request), init);
}

async function readWhole(
  { body, url }: OpenResponse,
  { onBytes, maxEventBytes }: GuardedFetchRequest,
): Promise<Uint8Array<ArrayBuffer>> {
  const pieces: Uint8Array[] = [];
  let size = 0;
  for await (const piece of body) {
    onBytes?.(piece.length);
    size += piece.length;
    if (size > maxEventBytes) throw tooLong(url, maxEventBytes);
    pieces.push(piece);
  }
  return Buffer.concat(pieces);
}

function toStream(answer: OpenResponse, request: GuardedFetchRequest): ReadableStream<Uint8Array> {
  const { maxEventBytes, onBroken, onBytes } = request;
  const pieces = answer.body[Symbol.asyncIterator]();
  const measure = createEventMeasure();
  return new ReadableStream<Uint8Array>({
    pull: async (controller) => {
      try {
        const { value, done } = await pieces.next();
        if (done) return controller.close();
        onBytes?.(value.length);
        if (measure(value) > maxEventBytes) throw tooLong(answer.url, maxEventBytes);
        controller.enqueue(value);
      } catch (error) {
        answer.cancel();
        onBroken?.(error);
        controller.error(error);
      }
    },
    cancel: () => answer.cancel(),
  });
}

/** Bytes since the last blank line, which ends an event; a chunk that ends events counts from its last blank line. */
function createEventMeasure(): (piece: Uint8Array) => number {
  let size = 0;
  let tail = '';
  return (piece) => {
    const text =
      tail + Buffer.from(piece.buffer, piece.byteOffset, piece.length).toString('latin1');
    const end = Math.max(...['\n\n', '\r\r', '\n\r\n'].map((line) => text.lastIndexOf(line)));
    size = end === -1 ? size + piece.length : text.length - end;
    tail = text.slice(-2);
    return size;
  };
}

function tooLong(url: string, maxBytes: number): AppError {
  const host = new URL(url).hostname;
  const message = `A message of "${host}" is larger than the limit of ${maxBytes} bytes.`;
  return new AppError('LIMIT_EXCEEDED', message, { host, maxBytes });
}
