import { isStreamingType } from '../lib/streaming-types.js';

const maxJsonDepth = 200;

export type Answer = {
  /** Value of Content-Type; empty where the upstream gave none. */
  contentType: string;
  body: Uint8Array;
  isTruncated: boolean;
};

/**
 * What an agent reads of an answer's body, by its media type:
 * - nothing: null;
 * - JSON (`application/json`, `text/json`, `+json`): its value, or its text where it is none or more than 200 deep;
 * - lines of JSON (NDJSON, JSON lines, RFC 7464): the list of their values, or the text where a line is none;
 * - text, of any charset, server-sent events among it: a string;
 * - anything else: `{ mediaType, base64 }`.
 *
 * An integer beyond 2^53 becomes a string of its digits, since a number would change it. What was cut off comes as
 * `{ truncated: true, note, mediaType, … }` with `items` (the whole lines), `text` or `base64`.
 */
export function parseAnswer({ contentType, body, isTruncated }: Answer, accept: string[]): unknown {
  if (body.length === 0 && !isTruncated) return null;
  const media = parseMediaType(contentType) ?? guessMediaType(body, accept);
  if (isTruncated) return toTruncated(media, body);
  if (!isText(media.type)) return { mediaType: media.type, base64: toBase64(body) };
  const text = decode(body, media);
  if (isLines(media.type)) return parseLines(text) ?? text;
  const json = isJson(media.type) ? parseJson(text) : null;
  return json ? json.value : text;
}

type MediaType = { type: string; charset: string | null };

function toTruncated(media: MediaType, body: Uint8Array): Record<string, unknown> {
  const note = `The answer went on. Only its first ${body.length} bytes are here: ask for less, such as a smaller page.`;
  const head = { truncated: true, note, mediaType: media.type };
  if (!isText(media.type)) return { ...head, base64: toBase64(body) };
  // A character that was cut in two would end the text with a replacement character.
  const text = decode(body, media).replace(/\ufffd$/, '');
  const whole = text.slice(0, text.lastIndexOf('\n') + 1);
  const items = isLines(media.type) ? parseLines(whole) : null;
  return items && items.length > 0 ? { ...head, items } : { ...head, text };
}

function parseMediaType(contentType: string): MediaType | null {
  const [first = '', ...parameters] = contentType.split(';');
  const type = first.trim().toLowerCase();
  if (!/^[^\s/]+\/[^\s/,]+$/.test(type)) return null;
  const charset = parameters
    .map((parameter) => /^\s*charset\s*=\s*"?([^\s"]+)"?\s*$/i.exec(parameter)?.[1])
    .find((name) => name !== undefined);
  return { type, charset: charset ?? null };
}

/** For an answer that does not say what it is: text where it is UTF-8, and JSON where the operation promises that. */
function guessMediaType(body: Uint8Array, accept: string[]): MediaType {
  const isUtf8 = !body.includes(0) && isDecodable(body);
  if (!isUtf8) return { type: 'application/octet-stream', charset: null };
  const promised = accept.map((type) => type.toLowerCase()).find(isJson);
  return { type: promised ?? 'text/plain', charset: 'utf-8' };
}

function isDecodable(body: Uint8Array): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(body);
    return true;
  } catch {
    return false;
  }
}

function isJson(type: string): boolean {
  return /^(application|text)\/json$|\+json$/.test(type) && !isLines(type);
}

function isLines(type: string): boolean {
  return isStreamingType(type) && /json/.test(type);
}

const textTypes =
  /^text\/|[/+](json|xml|yaml|x-yaml|javascript|x-javascript|ecmascript|graphql|sql|toml)$|^application\/(x-www-form-urlencoded|xml-dtd)$/;

function isText(type: string): boolean {
  return textTypes.test(type) || isLines(type);
}

/** The charset of the header, else of a byte order mark or an XML declaration, else UTF-8. */
function decode(body: Uint8Array, { type, charset }: MediaType): string {
  const label = markOf(body) ?? charset ?? declaredIn(type, body) ?? 'utf-8';
  try {
    return new TextDecoder(label).decode(body);
  } catch {
    return new TextDecoder().decode(body);
  }
}

function markOf(body: Uint8Array): string | null {
  const [first, second, third] = [body[0], body[1], body[2]];
  if (first === 0xef && second === 0xbb && third === 0xbf) return 'utf-8';
  if (first === 0xff && second === 0xfe) return 'utf-16le';
  if (first === 0xfe && second === 0xff) return 'utf-16be';
  return null;
}

function declaredIn(type: string, body: Uint8Array): string | null {
  if (!/[/+]xml$/.test(type)) return null;
  const start = new TextDecoder('latin1').decode(body.subarray(0, 200));
  return /^<\?xml[^>]*\sencoding\s*=\s*["']([\w.:-]+)["']/.exec(start)?.[1] ?? null;
}

function parseLines(text: string): unknown[] | null {
  const lines = text.replaceAll('\u001e', '\n').split('\n');
  const values = lines.filter((line) => line.trim() !== '').map(parseJson);
  return values.every((parsed) => parsed !== null) ? values.map(({ value }) => value) : null;
}

function parseJson(text: string): { value: unknown } | null {
  if (isTooDeep(text)) return null;
  try {
    const mayHoldBigNumber = /\d{16}/.test(text);
    return { value: JSON.parse(text, mayHoldBigNumber ? keepDigits : undefined) };
  } catch {
    return null;
  }
}

/** A value that is nested thousands of times could be read, but not walked, stored or sent on. */
function isTooDeep(text: string): boolean {
  if (text.length < 2 * maxJsonDepth) return false;
  let depth = 0;
  let isInString = false;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (isInString) {
      if (code === 0x5c) at += 1;
      else if (code === 0x22) isInString = false;
    } else if (code === 0x22) isInString = true;
    else if (code === 0x5b || code === 0x7b) {
      depth += 1;
      if (depth > maxJsonDepth) return true;
    } else if (code === 0x5d || code === 0x7d) depth -= 1;
  }
  return false;
}

function keepDigits(_key: string, value: unknown, context?: { source?: string }): unknown {
  const source = context?.source ?? '';
  const isInexact =
    typeof value === 'number' && /^-?\d+$/.test(source) && !Number.isSafeInteger(value);
  return isInexact ? source : value;
}

function toBase64(body: Uint8Array): string {
  return Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('base64');
}
