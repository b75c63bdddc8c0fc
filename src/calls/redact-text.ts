import { isSecretName } from './redact-names.js';

export const redacted = '[redacted]';

/** Shorter secrets would be found by chance within other texts: they count as a whole only. */
const minSearchable = 4;

export type TextRedactor = {
  /** The text without known secrets. */
  known(text: string): string;
  /** The same, and without the user info and the secret query parameters of URLs, and the secret members of JSON, in it. */
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
  return { known, inText: (text) => redactMembers(redactPairs(redactUserInfo(known(text)))) };
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
