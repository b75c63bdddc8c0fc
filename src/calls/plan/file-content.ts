import { refuse } from './request-issues.js';

export type FileContent = {
  bytes: Uint8Array;
  /** Of a data URI; null for plain base64. */
  mediaType: string | null;
  /** Of a data URI with a `name` or `filename` parameter. */
  fileName: string | null;
};

const mediaTypePattern =
  /^[!#$%&'*+\-.^_`|~\w]+\/[!#$%&'*+\-.^_`|~\w]+(?:;[!#$%&'*+\-.^_`|~\w]+=[!#$%&'*+\-.^_`|~\w]+)*$/;

/** Reads file content from base64 (also its URL alphabet) or a data URI (RFC 2397). */
export function readFileContent(value: unknown): FileContent {
  if (typeof value !== 'string') {
    return refuse('type', 'has to be a string: file content as base64 or a data URI.');
  }
  if (!/^data:/i.test(value)) {
    return { bytes: fromBase64(value), mediaType: null, fileName: null };
  }
  const comma = value.indexOf(',');
  if (comma < 0) {
    return refuse('invalid_file', 'is a data URI without a comma before its content.');
  }
  const parameters = value
    .slice('data:'.length, comma)
    .split(';')
    .map((part) => part.trim());
  const content = value.slice(comma + 1);
  const isBase64 = parameters.at(-1)?.toLowerCase() === 'base64';
  const isName = (part: string) => /^(file)?name=/i.test(part);
  const named = parameters.find(isName);
  const type = parameters.slice(0, isBase64 ? -1 : undefined).filter((part) => !isName(part));
  return {
    bytes: isBase64 ? fromBase64(decoded(content)) : percentDecode(content),
    mediaType: toMediaType(type.join(';')),
    fileName: named === undefined ? null : decoded(named.slice(named.indexOf('=') + 1)),
  };
}

/** RFC 2397: a data URI without a type is text. */
function toMediaType(text: string): string {
  if (text === '') return 'text/plain';
  const type = text.startsWith(';') ? `text/plain${text}` : text;
  if (mediaTypePattern.test(type)) return type;
  return refuse('invalid_file', 'is a data URI whose media type cannot be read.');
}

function fromBase64(text: string): Uint8Array {
  const compact = /\s/.test(text) ? text.replace(/\s+/g, '') : text;
  const digits = compact.replace(/={1,2}$/, '');
  if (digits.length % 4 === 1 || !/^[A-Za-z0-9+/_-]*$/.test(digits)) {
    return refuse(
      'invalid_file',
      'is not base64. Expected file content as base64 or a data URI such as "data:text/plain;base64,aGk=".',
    );
  }
  return Buffer.from(digits, 'base64');
}

function percentDecode(text: string): Uint8Array {
  if (!text.includes('%')) return Buffer.from(text);
  const parts = text.split(/((?:%[0-9A-Fa-f]{2})+)/);
  return Buffer.concat(
    parts.map((part, index) =>
      index % 2 === 1 ? Buffer.from(part.replaceAll('%', ''), 'hex') : Buffer.from(part),
    ),
  );
}

function decoded(text: string): string {
  if (!text.includes('%')) return text;
  try {
    return decodeURIComponent(text);
  } catch {
    return refuse('invalid_file', 'is a data URI whose percent-encoding is not UTF-8.');
  }
}
