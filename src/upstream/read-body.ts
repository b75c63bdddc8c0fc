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
  const start = new BodyStart(options);
  const timer = startTimer(body, options);
  const seen = () => {
    if (!options.stream) timer.refresh();
  };
  body.on('error', () => {});
  try {
    if (encodingsOf(options).length === 0) await readPlain(body, start, seen);
    else await readDecoded(body, start, seen, options);
    return { bytes: start.bytes(), isTruncated: false };
  } catch (error) {
    if (!isEnough(error, options)) throw error;
    return { bytes: start.bytes(), isTruncated: true };
  } finally {
    clearTimeout(timer);
    body.destroy();
  }
}

/** The first bytes of a body, up to the limit. */
class BodyStart {
  readonly #chunks: Buffer[] = [];
  #size = 0;

  constructor(private readonly options: ReadBodyOptions) {}

  /** Throws at the first byte over the limit. */
  add(chunk: Buffer): void {
    const { host, maxBytes, onLimit } = this.options;
    const room = maxBytes - this.#size;
    const kept = chunk.length > room ? chunk.subarray(0, room) : chunk;
    this.#chunks.push(kept);
    this.#size += kept.length;
    if (chunk.length > room) {
      throw onLimit === 'truncate' ? new Enough() : tooLarge(host, maxBytes);
    }
  }

  bytes(): Uint8Array {
    const [only] = this.#chunks;
    return only && this.#chunks.length === 1 ? only : Buffer.concat(this.#chunks, this.#size);
  }
}

/** Most bodies are small and plain: a pipeline of streams would cost more than all else that is done with them. */
function readPlain(body: Readable, start: BodyStart, seen: () => void): Promise<void> {
  return new Promise((done, fail) => {
    body.on('data', (chunk: Buffer) => {
      seen();
      try {
        start.add(chunk);
      } catch (error) {
        fail(error);
        body.destroy();
      }
    });
    body.on('end', done);
    body.on('error', fail);
    body.on('close', () => {
      if (!body.readableEnded) fail(new errors.SocketError('other side closed'));
    });
  });
}

async function readDecoded(
  body: Readable,
  start: BodyStart,
  seen: () => void,
  options: ReadBodyOptions,
): Promise<void> {
  const iterator: AsyncIterator<Buffer> = body[Symbol.asyncIterator]();
  const first = await iterator.next();
  if (first.done) return;
  const pieces = async function* () {
    yield first.value;
    for await (const piece of { [Symbol.asyncIterator]: () => iterator }) {
      seen();
      yield piece;
    }
  };
  const target = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      try {
        start.add(chunk);
        done();
      } catch (error) {
        done(error as Error);
      }
    },
  });
  const decoders = toDecoders(first.value, options);
  await pipeline([Readable.from(pieces()), ...decoders, target], { signal: options.signal });
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
export function toDecoders(
  first: Buffer,
  options: Pick<ReadBodyOptions, 'encoding' | 'host'>,
): Transform[] {
  const { host } = options;
  const names = encodingsOf(options);
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

export function encodingsOf({ encoding }: Pick<ReadBodyOptions, 'encoding'>): string[] {
  if (encoding === '') return [];
  return encoding
    .toLowerCase()
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '' && name !== 'identity');
}
