import type { PlannedRequest, RequestPreview } from './call-types.js';
import { redactBody } from './redact-body.js';
import { isSecretName } from './redact-names.js';
import { createTextRedactor, redacted, type TextRedactor } from './redact-text.js';
import { toCurl } from './to-curl.js';

const maxBodyLength = 16_384;

/**
 * What a person may see of a request: secrets by name and by value replaced by `[redacted]`, the body as text, shortened
 * to 16,384 characters; of a body that is no text, what it is. The `curl` line sends the same once the secrets are put
 * back; a body that it cannot hold is read from a file named `body`.
 */
export function previewRequest(
  request: PlannedRequest,
  secrets: readonly string[],
): RequestPreview {
  return previewWith(createTextRedactor(secrets), request);
}

/** `previewRequest` by a redactor that is at hand. */
export function previewWith(
  text: TextRedactor,
  { method, url, headers, body }: PlannedRequest,
): RequestPreview {
  const shown = {
    method,
    url: text.inText(url),
    headers: Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [name, redactHeader(text, name, value)]),
    ),
  };
  const contentType = contentTypeOf(headers);
  const whole = body === null ? null : readText(body);
  const readable = whole === null ? null : redactBody(text, whole, contentType);
  const isShort = readable !== null && readable.length <= maxBodyLength;
  const curl = toCurl({
    ...shown,
    body: body === null ? null : isShort ? { text: readable } : { file: 'body' },
  });
  if (body === null) return { ...shown, body: null, curl };
  return { ...shown, body: describeBody(readable, body, contentType), curl };
}

function describeBody(readable: string | null, body: Uint8Array, contentType: string): string {
  if (readable === null) return `(${body.length} bytes of ${contentType || 'unknown type'})`;
  if (readable.length <= maxBodyLength) return readable;
  return `${readable.slice(0, maxBodyLength)}… (${readable.length} characters)`;
}

/** Of a credential its scheme stays to be seen, of cookies their names. */
function redactHeader(text: TextRedactor, name: string, value: string): string {
  const key = name.toLowerCase();
  if (key === 'cookie') {
    return value.replace(/([^=;\s]+)=[^;]*/g, (_pair, cookie: string) => `${cookie}=${redacted}`);
  }
  const known = text.known(value);
  if (!isSecretName(name)) return text.inText(known);
  const [, scheme] = /^(basic|bearer|digest) /i.exec(value) ?? [];
  if (value === '') return value;
  return scheme === undefined ? redacted : `${scheme} ${redacted}`;
}

function contentTypeOf(headers: Record<string, string>): string {
  return Object.entries(headers).find(([name]) => name.toLowerCase() === 'content-type')?.[1] ?? '';
}

/** Null for bytes that are no text that a terminal or a shell can hold. */
function readText(body: Uint8Array): string | null {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(body);
    return /[^\P{Cc}\t\r\n]/u.test(text) ? null : text;
  } catch {
    return null;
  }
}
