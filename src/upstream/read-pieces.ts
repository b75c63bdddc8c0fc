import type { Readable } from 'node:stream';
import { encodingsOf, toDecoders, tooLarge } from './read-body.js';

export type ReadPiecesOptions = {
  /** The value of Content-Encoding; empty for none. */
  encoding: string;
  host: string;
  maxBytes: number;
  /** What a failure of the connection means. */
  toError: (error: unknown) => unknown;
  /** Called once when nothing more is read. */
  onEnd: () => void;
};

/**
 * A body piece by piece as it comes, decompressed. Throws LIMIT_EXCEEDED with the piece that goes beyond `maxBytes`. The
 * connection of a body that is not read to its end is closed.
 */
export async function* readPieces(
  body: Readable,
  options: ReadPiecesOptions,
): AsyncGenerator<Uint8Array> {
  const { host, maxBytes } = options;
  let size = 0;
  try {
    const pieces = encodingsOf(options).length === 0 ? body : await decoded(body, options);
    for await (const piece of pieces as AsyncIterable<Buffer>) {
      size += piece.length;
      if (size > maxBytes) throw tooLarge(host, maxBytes);
      yield piece;
    }
  } catch (error) {
    throw options.toError(error);
  } finally {
    options.onEnd();
    body.destroy();
  }
}

async function decoded(body: Readable, options: ReadPiecesOptions): Promise<Readable> {
  await new Promise<void>((resolve, reject) => {
    body.once('readable', resolve);
    body.once('end', resolve);
    body.once('error', reject);
  });
  const first: Buffer | null = body.read();
  if (first === null) return body;
  body.unshift(first);
  let last: Readable = body;
  for (const decoder of toDecoders(first, options)) {
    const source = last;
    source.on('error', (error) => decoder.destroy(error));
    last = source.pipe(decoder);
  }
  return last;
}
