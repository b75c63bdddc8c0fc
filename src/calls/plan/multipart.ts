import { hash } from 'node:crypto';
import type { PartHeader } from './part-headers.js';

export type Part = {
  /** Null where parts are told apart by their order. */
  name: string | null;
  fileName: string | null;
  /** Null leaves it to the receiver: text (RFC 7578 section 4.4). */
  contentType: string | null;
  /** Further ones, in their order. */
  headers: PartHeader[];
  content: Uint8Array;
};

/**
 * A multipart body (RFC 7578, RFC 2046 section 5.1.1). Without a given boundary it is derived from the parts, so that
 * equal parts give equal bytes, and is in none of them.
 */
export function writeMultipart(
  parts: Part[],
  given: string | undefined,
): { boundary: string; body: Uint8Array } {
  const boundary = given ?? deriveBoundary(parts);
  const chunks: Uint8Array[] = [];
  for (const part of parts) {
    chunks.push(Buffer.from(`--${boundary}\r\n${headersOf(part)}\r\n`), part.content);
    chunks.push(Buffer.from('\r\n'));
  }
  chunks.push(Buffer.from(`--${boundary}--\r\n`));
  return { boundary, body: Buffer.concat(chunks) };
}

function headersOf({ name, fileName, contentType, headers }: Part): string {
  const lines: string[] = [];
  if (name !== null) {
    const file = fileName === null ? '' : `; filename="${quoted(fileName)}"`;
    lines.push(`Content-Disposition: form-data; name="${quoted(name)}"${file}`);
  } else if (fileName !== null && !headers.some(([key]) => /^content-disposition$/i.test(key))) {
    lines.push(`Content-Disposition: attachment; filename="${quoted(fileName)}"`);
  }
  if (contentType !== null) lines.push(`Content-Type: ${contentType}`);
  for (const [key, value] of headers) lines.push(`${key}: ${value}`);
  return lines.map((line) => `${line}\r\n`).join('');
}

/** As browsers do (HTML "multipart/form-data encoding algorithm"); NUL too, since it would end the header for some. */
function quoted(text: string): string {
  return text
    .toWellFormed()
    .replaceAll('\r', '%0D')
    .replaceAll('\n', '%0A')
    .replaceAll('\0', '%00')
    .replaceAll('"', '%22');
}

function deriveBoundary(parts: Part[]): string {
  const digests = parts.map(({ name, content }) => `${name ?? ''}\n${hash('sha256', content)}`);
  for (let round = 0; ; round += 1) {
    const digest = hash('sha256', `${round}\n${digests.join('\n')}`);
    const boundary = `toolgraph-${digest.slice(0, 32)}`;
    if (
      !parts.some(({ content }) =>
        Buffer.from(content.buffer, content.byteOffset, content.byteLength).includes(boundary),
      )
    )
      return boundary;
  }
}
