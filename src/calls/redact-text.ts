import { isSecretName } from './redact-names.js';

export const redacted = '[redacted]';

/** Shorter secrets would be found by chance within other texts: they count as a whole only. */
const minSearchable = 4;

export type TextRedactor = {
  /** The text without known secrets. */
  known(text: string): string;
  /**
   * The same, and without the user info and the secret query parameters of URLs, the secret members of JSON, and tokens
   * that tell by their form what they are (Bearer and Basic authorization, JSON Web Tokens).
   */
  inText(text: string): string;
};

/** A redactor for secrets in every form that they take on the wire: as they are, percent- or form-encoded, in JSON, base64. */
export function createTextRedactor(secrets: readonly string[]): TextRedactor {
  const whole = new Set(secrets.filter((secret) => secret !== ''));
  const forms = new Set(
    [...whole].filter((secret) => secret.length >= minSearchable).flatMap(formsOf),
  );
  // A secret within another must not leave the rest of the longer one to be read.
  const searched = [...forms].sort((a, b) => b.length - a.length);
  const known = (text: string): string => {
    if (whole.has(text)) return redacted;
    return searched.reduce(
      (rest, form) => (rest.includes(form) ? rest.replaceAll(form, redacted) : rest),
      text,
    );
  };
  return {
    known,
    inText: (text) => redactTokens(redactMembers(redactPairs(redactUserInfo(known(text))))),
  };
}

function formsOf(secret: string): string[] {
  const encoded = percentEncode(secret);
  const strict = encoded.replace(/[!'()*]/g, hex);
  const form = new URLSearchParams({ v: secret }).toString().slice(2);
  const bytes = Buffer.from(secret);
  const encodings = [encoded, strict, form, form.replaceAll('%7E', '~')];
  return [
    secret,
    ...encodings,
    ...encodings.map(lowerHex),
    JSON.stringify(secret).slice(1, -1),
    bytes.toString('base64'),
    bytes.toString('base64').replace(/=+$/, ''),
    bytes.toString('base64url'),
  ].filter((text) => text.length >= minSearchable);
}

function percentEncode(text: string): string {
  return encodeURIComponent(text.toWellFormed());
}

function hex(character: string): string {
  return `%${character.charCodeAt(0).toString(16).toUpperCase()}`;
}

function lowerHex(text: string): string {
  return text.replace(/%[0-9A-F]{2}/g, (code) => code.toLowerCase());
}

function redactUserInfo(text: string): string {
  return text.includes('://')
    ? text.replace(/(\b[a-z][a-z0-9+.-]{1,20}:\/\/)[^\s/?#@"'<>]+@/gi, `$1${redacted}@`)
    : text;
}

const bearer = /\b(Bearer\s{1,9})(?=[^\s"',;]{0,200}\d)[A-Za-z0-9\-._~+/]{12,}={0,2}/gi;
const basic = /\b(Basic\s{1,9})([A-Za-z0-9+/]{8,}={0,2})/gi;
/** RFC 7519, section 3: the header is a JSON object, whose base64url begins so. */
const jsonWebToken = /\beyJ[A-Za-z0-9_-]{5,}\.[A-Za-z0-9_-]{2,}(?:\.[A-Za-z0-9_-]*){0,3}/g;

/** `Bearer abc…1` → `Bearer [redacted]`; a Basic credential is base64 of a name, a colon and a password (RFC 7617). */
function redactTokens(text: string): string {
  const plain = text.includes('eyJ') ? text.replace(jsonWebToken, redacted) : text;
  if (!/(?:bearer|basic)\s/i.test(plain)) return plain;
  return plain
    .replace(bearer, `$1${redacted}`)
    .replace(basic, (whole, scheme: string, value: string) =>
      Buffer.from(value, 'base64').includes(':') ? `${scheme}${redacted}` : whole,
    );
}

/** `…?api_key=x&b=1` → `…?api_key=[redacted]&b=1`, in URLs and in form bodies. */
function redactPairs(text: string): string {
  if (!text.includes('=')) return text;
  return text.replace(
    /(^|[?&#])([^=&?#\s"'<>]{1,100})=([^&#\s"'<>]+)/g,
    (pair, before: string, name: string) =>
      isSecretName(decodeName(name)) ? `${before}${name}=${redacted}` : pair,
  );
}

/** `{"api_key":"x","b":1}` → `{"api_key":"[redacted]","b":1}`, in texts that hold JSON. */
function redactMembers(text: string): string {
  if (!text.includes('":') && !text.includes('" :')) return text;
  return text.replace(
    /("([^"\\]{1,100})"\s{0,9}:\s{0,9})("(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*)/g,
    (member, before: string, name: string) =>
      isSecretName(name) ? `${before}"${redacted}"` : member,
  );
}

function decodeName(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}
