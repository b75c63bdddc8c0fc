import { isUtf8 } from 'node:buffer';
import type { SpecProblem } from '../types.js';
import { refusal } from './read-problem.js';

const knownFormats: { bytes: number[]; name: string }[] = [
  { bytes: [0x1f, 0x8b], name: 'a gzip archive' },
  { bytes: [0x50, 0x4b, 0x03, 0x04], name: 'a zip archive' },
  { bytes: [0x50, 0x4b, 0x05, 0x06], name: 'an empty zip archive' },
  { bytes: [0x25, 0x50, 0x44, 0x46], name: 'a PDF file' },
  { bytes: [0x89, 0x50, 0x4e, 0x47], name: 'a PNG image' },
  { bytes: [0xff, 0xd8, 0xff], name: 'a JPEG image' },
  { bytes: [0x7f, 0x45, 0x4c, 0x46], name: 'a program' },
];

const expected = 'expected an OpenAPI or Swagger document in JSON or YAML';

/** The text of a body (UTF-8, or UTF-16 with a byte order mark), or the sentence that says why it is none. */
export function decodeText(
  body: string | Uint8Array,
): { text: string; problem: null } | { text: null; problem: SpecProblem } {
  const decoded = typeof body === 'string' ? body : decodeBytes(body);
  if (typeof decoded !== 'string') return { text: null, problem: decoded };
  const text = decoded.charCodeAt(0) === 0xfeff ? decoded.slice(1) : decoded;
  const problem = describeNonDocument(text);
  return problem === null ? { text, problem } : { text: null, problem };
}

function decodeBytes(bytes: Uint8Array): string | SpecProblem {
  const format = knownFormats.find((known) => known.bytes.every((byte, i) => bytes[i] === byte));
  if (format !== undefined) {
    return refusal('BINARY_DOCUMENT', `The body is ${format.name}; ${expected}.`);
  }
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return decodeUtf16(bytes, 'utf-16le');
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return decodeUtf16(bytes, 'utf-16be');
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (isUtf8(buffer)) return buffer.toString('utf8');
  return buffer.includes(0) ? binary() : invalidUtf8(buffer);
}

function decodeUtf16(bytes: Uint8Array, encoding: 'utf-16le' | 'utf-16be'): string | SpecProblem {
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes);
  } catch {
    return refusal(
      'INVALID_ENCODING',
      `The body starts with a ${encoding.toUpperCase()} byte order mark but is not valid ${encoding.toUpperCase()}; send it as UTF-8.`,
    );
  }
}

function invalidUtf8(buffer: Buffer): SpecProblem {
  let low = 0;
  let high = buffer.length;
  // A valid prefix may end inside a character, hence the step back to a character's first byte.
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    let end = middle;
    while (end > 0 && end < buffer.length && ((buffer[end] ?? 0) & 0xc0) === 0x80) end -= 1;
    if (isUtf8(buffer.subarray(0, end))) low = middle;
    else high = middle - 1;
  }
  let line = 1;
  for (let i = 0; i < low; i += 1) if (buffer[i] === 10) line += 1;
  return refusal(
    'INVALID_ENCODING',
    `The document is not valid UTF-8: the first wrong byte is on line ${line}. Save it as UTF-8.`,
    line,
  );
}

function binary(): SpecProblem {
  return refusal(
    'BINARY_DOCUMENT',
    `The body holds NUL bytes, so it is binary data (or UTF-16 without a byte order mark); ${expected}.`,
  );
}

function describeNonDocument(text: string): SpecProblem | null {
  const start = /\S/.exec(text)?.index;
  if (start === undefined) {
    return refusal('EMPTY_DOCUMENT', `The document is empty; ${expected}.`);
  }
  const first = text[start];
  // JSON cannot hold a raw NUL, so only other text is searched for one.
  if (first !== '{' && first !== '[' && text.includes('\0')) return binary();
  if (first !== '<') return null;
  const head = text.slice(start, start + 400).toLowerCase();
  if (head.startsWith('<<')) return null;
  if (/^<!doctype html|<html[\s>]|<head[\s>]|<body[\s>]/.test(head)) {
    return refusal(
      'HTML_DOCUMENT',
      `The body is an HTML page; ${expected}. A documentation page usually links to the document itself.`,
    );
  }
  return refusal('XML_DOCUMENT', `The body is XML; ${expected}.`);
}
