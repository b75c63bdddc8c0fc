import { redactWith } from './redact.js';
import { isSecretName } from './redact-names.js';
import { redacted, type TextRedactor } from './redact-text.js';

/**
 * A request's body without secrets. JSON, XML, forms and multipart are looked into by name, other texts for URLs and JSON
 * in them; what holds no secret stays byte for byte as it is sent.
 */
export function redactBody(text: TextRedactor, body: string, contentType: string): string {
  const [mediaType = ''] = contentType.toLowerCase().split(';');
  const type = mediaType.trim();
  if (/[/+]json$|[/+]json-patch$/.test(type)) return redactJson(text, body);
  if (/[/+]xml$/.test(type)) return redactElements(text.inText(body));
  const boundary = /;\s*boundary="?([^";]+)"?/i.exec(contentType)?.[1];
  if (type.startsWith('multipart/') && boundary) return redactParts(text, body, boundary);
  return text.inText(body);
}

/** Elements that hold nothing but text. */
function redactElements(body: string): string {
  return body.replace(
    /(<(?:[\w.-]{1,50}:)?([\w.-]{1,100})(?:\s[^<>]{0,1000})?>)([^<>]+)(?=<\/)/g,
    (element, start: string, name: string) =>
      isSecretName(name) ? `${start}${redacted}` : element,
  );
}

function redactJson(text: TextRedactor, body: string): string {
  const value = parseJson(body);
  if (value === undefined) return text.inText(body);
  const safe = JSON.stringify(redactWith(text, value));
  return safe === JSON.stringify(value) ? body : safe;
}

function parseJson(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

/** RFC 7578: the name of a part stands in its Content-Disposition. */
function redactParts(text: TextRedactor, body: string, boundary: string): string {
  return body
    .split(`--${boundary}`)
    .map((part) => {
      const end = part.indexOf('\r\n\r\n');
      const name = /\bname="((?:[^"\\]|\\.)*)"/i.exec(part.slice(0, Math.max(end, 0)))?.[1];
      if (name === undefined || !isSecretName(name)) return text.inText(part);
      return `${part.slice(0, end)}\r\n\r\n${redacted}\r\n`;
    })
    .join(`--${boundary}`);
}
