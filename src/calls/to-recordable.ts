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

function shorten(value: unknown): unknown {
  if (typeof value === 'string' && value.length > maxText) {
    return `${value.slice(0, maxText)}… (${value.length} characters)`;
  }
  if (Array.isArray(value)) return value.map(shorten);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, shorten(part)]));
}
