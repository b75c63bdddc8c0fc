import { Readable, type Transform, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createBrotliDecompress, createGunzip, createInflate, createInflateRaw } from 'node:zlib';
import { AppError } from '../errors.js';

const maxEncodings = 3;

export type ReadBodyOptions = {
  /** The value of Content-Encoding; empty for none. */
  encoding: string;
  host: string;
  maxBytes: number;
  signal: AbortSignal;
};

/**
 * The whole body, decompressed (gzip, deflate, br; stacked at most three deep). Stops at the first byte over
 * `maxBytes` with LIMIT_EXCEEDED, however small the compressed form; one that does not decompress is UPSTREAM_FAILED.
 */
export async function readBody(body: Readable, options: ReadBodyOptions): Promise<Uint8Array> {
  const { host, maxBytes, signal } = options;
  const chunks: Buffer[] = [];
  let size = 0;
  const collect = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      size += chunk.length;
      if (size <= maxBytes) chunks.push(chunk);
      done(size > maxBytes ? tooLarge(host, maxBytes) : null);
    },
  });
  try {
    const iterator: AsyncIterator<Buffer> = body[Symbol.asyncIterator]();
    const first = await iterator.next();
    if (first.done) return new Uint8Array();
    const whole = async function* () {
      yield first.value;
      yield* { [Symbol.asyncIterator]: () => iterator };
    };
    const decoders = toDecoders(first.value, options);
    await pipeline([Readable.from(whole()), ...decoders, collect], { signal });
  } finally {
    body.destroy();
  }
  return Buffer.concat(chunks, size);
}

export function tooLarge(host: string, maxBytes: number): AppError {
  const message = `The answer of "${host}" is larger than the limit of ${maxBytes} bytes.`;
  return new AppError('LIMIT_EXCEEDED', message, { host, maxBytes });
}

/** RFC 9110, section 8.4: encodings are listed in the order in which they were applied. */
function toDecoders(first: Buffer, { encoding, host }: ReadBodyOptions): Transform[] {
  const names = encoding
    .toLowerCase()
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '' && name !== 'identity');
  if (names.length > maxEncodings) {
    throw new AppError('UPSTREAM_FAILED', `The answer of "${host}" is compressed too many times.`);
  }
  return names.reverse().map((name, index) => toDecoder(name, index === 0 ? first : null, host));
}

function toDecoder(name: string, first: Buffer | null, host: string): Transform {
  switch (name) {
    case 'gzip':
    case 'x-gzip':
      return createGunzip();
    case 'br':
      return createBrotliDecompress();
    case 'deflate':
      // RFC 9110 means zlib, but some servers send raw deflate, whose first byte never has the zlib method nibble.
      return first && ((first[0] ?? 8) & 0x0f) !== 8 ? createInflateRaw() : createInflate();
    default:
      throw new AppError(
        'UPSTREAM_FAILED',
        `The answer of "${host}" has the content encoding "${name}", which was not asked for.`,
      );
  }
}
