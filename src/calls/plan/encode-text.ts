import { refuse } from './request-issues.js';

/** Turns text into what may stand at one place of a request. */
export type TextEncoder = {
  name(text: string): string;
  text(text: string): string;
  /** A member of a joined list: what tells members apart cannot be in it. */
  item(text: string, delimiter: string): string;
  delimiter(delimiter: string): string;
};

/** What reserved expansion leaves as it is at each place. URL parsers encode `'` in a query themselves (WHATWG URL). */
const reservedInQuery = ':/?@!$()*;,=';
const reservedInPath = ":@!$&'()*+,;=";
const reservedInCookie = ":/?@!$&'()*+=";

/** Delimiters that stand on the wire as they would inside a member: OpenAPI "Style Values" has no escape for them. */
const unescapable = new Set([' ', '|', '\t']);

/** All but the unreserved characters of RFC 3986 (section 2.3) as percent-encoded UTF-8. */
export function percentEncode(text: string): string {
  if (/^[\w.~-]*$/.test(text)) return text;
  if (!text.isWellFormed()) {
    refuse('invalid_text', 'holds half of a surrogate pair, which UTF-8 cannot carry.');
  }
  return encodeURIComponent(text).replace(/[!'()*]/g, percentOf);
}

/** As `percentEncode`, with `~` encoded too and spaces as `+` (OpenAPI 3.2 "URL Percent-Encoding"). */
export function formEncode(text: string): string {
  return percentEncode(text).replaceAll('~', '%7E').replaceAll('%20', '+');
}

function percentOf(character: string): string {
  return `%${character.charCodeAt(0).toString(16).toUpperCase()}`;
}

/** Reserved expansion (RFC 6570 section 3.2.3) but for what would change the request's shape. */
function reservedEncode(text: string, kept: string, keepsTriples: boolean): string {
  let encoded = '';
  const parts = keepsTriples ? text.split(/(%[0-9A-Fa-f]{2})/) : [text];
  for (const [index, part] of parts.entries()) {
    encoded += index % 2 === 1 ? part : encodeKeeping(part, kept);
  }
  return encoded;
}

function encodeKeeping(text: string, kept: string): string {
  return percentEncode(text).replace(/%[0-9A-F]{2}/g, (triple) => {
    const character = String.fromCharCode(Number.parseInt(triple.slice(1), 16));
    return kept.includes(character) ? character : triple;
  });
}

function percentEncoder(text: (text: string) => string): TextEncoder {
  return {
    name: percentEncode,
    text,
    item(member, delimiter) {
      refuseDelimiter(member, unescapable.has(delimiter) ? delimiter : null);
      return text(member).replaceAll(',', '%2C');
    },
    delimiter: (delimiter) => (unescapable.has(delimiter) ? percentEncode(delimiter) : delimiter),
  };
}

function refuseDelimiter(member: string, delimiter: string | null): void {
  if (delimiter === null || !member.includes(delimiter)) return;
  const found = `holds ${JSON.stringify(delimiter)}, which separates the members`;
  refuse('delimiter_in_member', `${found} of this list on the wire and cannot be escaped.`);
}

/** For `in: query`, and for fields of a form that have a `style`. */
export const queryEncoder = percentEncoder(percentEncode);

/** For `in: query` with `allowReserved`: `#`, `&`, `+`, `'`, `[` and `]` are still encoded, percent triples pass. */
export const reservedQueryEncoder = percentEncoder((text) =>
  reservedEncode(text, reservedInQuery, true),
);

/** For `in: path` with `allowReserved`: `/`, `?`, `#` and `%` are still encoded. */
export const reservedPathEncoder = percentEncoder((text) =>
  reservedEncode(text, reservedInPath, false),
);

/** For `in: cookie` with `style: form` and `allowReserved`. */
export const reservedCookieEncoder = percentEncoder((text) =>
  reservedEncode(text, reservedInCookie, true),
);

/** For headers, `style: cookie` and parts of a multipart body: values pass unchanged (OpenAPI 3.2 "Parameter Object"). */
export const plainEncoder: TextEncoder = {
  name: (text) => text,
  text: (text) => text,
  item(member, delimiter) {
    refuseDelimiter(member, delimiter);
    return member;
  },
  delimiter: (delimiter) => delimiter,
};
