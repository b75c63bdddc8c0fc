import { Readable, type Transform, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createBrotliDecompress, createGunzip, createInflate, createInflateRaw } from 'node:zlib';
import { errors } from 'undici';
import { AppError } from '../errors.js';

const maxEncodings = 3;

export type ReadBodyOptions = {
  /** The value of Content-Encoding; empty for none. */
  encoding: string;
  host: string;
  maxBytes: number;
  onLimit: 'refuse' | 'truncate';
  /** For an answer that is taken as far as it comes: until when, and whose abort ends it with nothing. */
  stream: { maxMs: number; caller: AbortSignal | undefined } | null;
  /** Longest pause between two pieces of a body that is no stream. */
  maxPauseMs: number;
  signal: AbortSignal;
};

export type ReadBody = { bytes: Uint8Array; isTruncated: boolean };

/** Ends the reading of a body whose beginning is wanted. */
class Enough extends Error {}

/**
 * The body, decompressed (gzip, deflate, br; stacked at most three deep). Stops at the first byte over `maxBytes`,
 * however small the compressed form, with LIMIT_EXCEEDED or with what came before; a body that does not decompress is
 * UPSTREAM_FAILED. The connection of a body that is not read to its end is closed.
 */
export async function readBody(body: Readable, options: ReadBodyOptions): Promise<ReadBody> {
  const collected = new Collected(options);
  const timer = startTimer(body, options);
  body.on('error', () => {});
  try {
    const iterator: AsyncIterator<Buffer> = body[Symbol.asyncIterator]();
    const first = await iterator.next();
    if (first.done) return { bytes: new Uint8Array(), isTruncated: false };
    const pieces = async function* () {
      yield first.value;
      for await (const piece of { [Symbol.asyncIterator]: () => iterator }) {
        if (!options.stream) timer.refresh();
        yield piece;
      }
    };
    const decoders = toDecoders(first.value, options);
    await pipeline([Readable.from(pieces()), ...decoders, collected], { signal: options.signal });
    return { bytes: collected.bytes(), isTruncated: false };
  } catch (error) {
    if (!isEnough(error, options)) throw error;
    return { bytes: collected.bytes(), isTruncated: true };
  } finally {
    clearTimeout(timer);
    body.destroy();
  }
}

/** The first bytes of a body, up to the limit. */
class Collected extends Writable {
  readonly #chunks: Buffer[] = [];
  #size = 0;

  constructor(private readonly options: ReadBodyOptions) {
    super();
  }

  override _write(chunk: Buffer, _encoding: string, done: (error?: Error | null) => void): void {
    const { host, maxBytes, onLimit } = this.options;
    const room = maxBytes - this.#size;
    const kept = chunk.length > room ? chunk.subarray(0, room) : chunk;
    this.#chunks.push(kept);
    this.#size += kept.length;
    if (chunk.length <= room) done();
    else done(onLimit === 'truncate' ? new Enough() : tooLarge(host, maxBytes));
  }

  bytes(): Uint8Array {
    return Buffer.concat(this.#chunks, this.#size);
  }
}

function startTimer(body: Readable, { stream, maxPauseMs }: ReadBodyOptions): NodeJS.Timeout {
  return setTimeout(
    () => body.destroy(stream ? new Enough() : new errors.BodyTimeoutError()),
    stream ? stream.maxMs : maxPauseMs,
  );
}

/** A stream is worth what came of it, whatever ends it, as long as somebody waits for it. */
function isEnough(error: unknown, { stream }: ReadBodyOptions): boolean {
  if (error instanceof Enough) return true;
  return stream !== null && stream.caller?.aborted !== true && !(error instanceof AppError);
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
