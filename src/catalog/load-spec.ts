import { createHash } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import { AppError } from '../errors.js';
import type { HttpClient } from '../upstream/http-client.js';
import type { RawSpec, SpecSource } from './spec-reader.js';

export type LoadLimits = {
  /** Bytes of one document. */
  maxBytes: number;
  /** Bound on one download, redirects included. */
  fetchTimeoutMs: number;
};

export type LoadOptions = { http: HttpClient; limits: LoadLimits; signal: AbortSignal | undefined };

const accept =
  'application/vnd.oai.openapi+json, application/json, application/vnd.oai.openapi, application/yaml, text/yaml;q=0.9, */*;q=0.5';

/** Fetches or serialises a document. Throws INVALID_INPUT, LIMIT_EXCEEDED, FORBIDDEN (egress) or UPSTREAM_*. */
export async function loadSpec(source: SpecSource, options: LoadOptions): Promise<RawSpec> {
  if ('url' in source) {
    const requestedUrl = source.url.trim();
    const { body, url } = await fetchText(toFetchUrl(requestedUrl), options);
    return { body, url, requestedUrl, contentHash: await hashBody(body) };
  }
  const body = 'text' in source ? source.text : serialize(source.document);
  const bytes = typeof body === 'string' ? Buffer.byteLength(body) : body.byteLength;
  if (bytes > options.limits.maxBytes) {
    throw new AppError(
      'LIMIT_EXCEEDED',
      `The document has ${bytes} bytes; at most ${options.limits.maxBytes} are accepted.`,
    );
  }
  return { body, url: null, requestedUrl: null, contentHash: await hashBody(body) };
}

/** GET with a status of 2xx, else UPSTREAM_FAILED. `url` is where the answer came from. */
export async function fetchText(
  url: string,
  { http, limits, signal }: LoadOptions,
): Promise<{ body: Uint8Array; url: string }> {
  const response = await http.send({
    url,
    headers: { accept },
    maxBytes: limits.maxBytes,
    timeoutMs: limits.fetchTimeoutMs,
    ...(signal === undefined ? {} : { signal }),
  });
  if (response.status < 200 || response.status > 299) {
    throw new AppError(
      'UPSTREAM_FAILED',
      `${withoutQuery(url)} answered with status ${response.status}; expected the document.`,
      { status: response.status },
    );
  }
  return { body: response.body, url: response.url };
}

/** A URL as it may be shown: its query may carry a key. */
export function withoutQuery(text: string): string {
  const url = URL.parse(text);
  if (url === null) return 'The URL';
  return `${url.origin}${url.pathname}${url.search === '' ? '' : '?…'}`;
}

/** SHA-256, hex. Gives way to others between pieces of a large body. */
export async function hashBody(body: string | Uint8Array): Promise<string> {
  const bytes = typeof body === 'string' ? Buffer.from(body) : body;
  const hash = createHash('sha256');
  const pieceBytes = 8 * 1024 * 1024;
  for (let at = 0; at < bytes.byteLength; at += pieceBytes) {
    if (at > 0) await setImmediate();
    hash.update(bytes.subarray(at, at + pieceBytes));
  }
  return hash.digest('hex');
}

function toFetchUrl(text: string): string {
  const url = URL.parse(text);
  if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:')) {
    throw new AppError(
      'INVALID_INPUT',
      'source.url: expected an absolute http or https URL of a document.',
    );
  }
  if (url.username !== '' || url.password !== '') {
    throw new AppError(
      'INVALID_INPUT',
      'source.url: expected a URL without user name and password, which would be stored with it.',
    );
  }
  url.hash = '';
  return url.href;
}

function serialize(document: unknown): string {
  if (typeof document !== 'object' || document === null) {
    throw new AppError('INVALID_INPUT', 'source.document: expected the document as a JSON object.');
  }
  try {
    return JSON.stringify(document);
  } catch (cause) {
    const message = 'source.document: expected JSON; the value is cyclic or nested too deeply.';
    throw new AppError('INVALID_INPUT', message, {}, { cause });
  }
}
