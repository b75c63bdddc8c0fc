import type { RequestPreview } from './call-types.js';

const maxText = 4000;
const maxBytes = 64 * 1024;

/**
 * What the history keeps of a JSON value: long texts (files, mostly) by their beginning, and of a value that is large
 * all the same only how large it was.
 */
export function toRecordable(value: unknown): unknown {
  const short = shorten(value);
  const size = Buffer.byteLength(JSON.stringify(short) ?? '');
  return size <= maxBytes ? short : `(${size} bytes, not kept)`;
}

/** The same for what was sent; its shape stays. */
export function shortenPreview({
  method,
  url,
  headers,
  body,
  curl,
}: RequestPreview): RequestPreview {
  return {
    method,
    url: shortenText(url),
    headers: Object.fromEntries(
      Object.entries(headers).map(([name, text]) => [name, shortenText(text)]),
    ),
    body: body === null ? null : shortenText(body),
    curl: shortenText(curl),
  };
}

function shortenText(text: string): string {
  if (text.length <= maxText) return text;
  return `${text.slice(0, maxText)}… (${text.length} characters)`;
}

function shorten(value: unknown): unknown {
  if (typeof value === 'string') return shortenText(value);
  if (Array.isArray(value)) return value.map(shorten);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, shorten(part)]));
}
