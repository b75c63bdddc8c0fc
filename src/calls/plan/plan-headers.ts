import { connectionHeaders } from '../../lib/connection-headers.js';
import { isJson } from '../../openapi/media-types.js';
import type { ParameterPlan } from '../../openapi/types.js';
import { asciiContentText, contentText } from './content-text.js';
import { percentEncode, plainEncoder, queryEncoder, reservedCookieEncoder } from './encode-text.js';
import type { ParameterValue } from './parameter-value.js';
import { type RequestIssues, refuse } from './request-issues.js';
import { serializePathValue } from './serialize-path-value.js';
import { serializeQueryValue } from './serialize-query-value.js';

/**
 * Header parameters that a call never sends: OpenAPI has `Accept`, `Authorization` and `Content-Type` follow from other
 * parts ("Parameter Object"), the others belong to the connection or to the framing of the request.
 */
export const unsentHeaders: ReadonlySet<string> = new Set([
  ...connectionHeaders,
  'accept',
  'authorization',
  'content-type',
]);

const token = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const headerText = /^[\t\x20-\x7e\x80-\xff]*$/;

/** Headers of the parameters, `accept` and `cookie` among them. Every name stands once, whatever its case. */
export function planHeaders(
  accept: string[],
  values: ParameterValue[],
  issues: RequestIssues,
): Record<string, string> {
  const headers = new Map([['accept', { name: 'accept', value: toAccept(accept) }]]);
  const cookies: string[] = [];
  for (const { parameter, value } of values) {
    const { in: where, argument, name } = parameter;
    if (where !== 'header' && where !== 'cookie') continue;
    if (value === undefined || value === null) continue;
    if (where === 'cookie') {
      cookies.push(...(issues.of(argument, () => cookiePairs(parameter, value)) ?? []));
    } else if (!unsentHeaders.has(name.toLowerCase())) {
      const text = issues.of(argument, () => headerValue(parameter, value));
      if (text === null) continue;
      const known = headers.get(name.toLowerCase());
      headers.set(name.toLowerCase(), {
        name: known?.name ?? name,
        value: known ? `${known.value}, ${text}` : text,
      });
    }
  }
  if (cookies.length > 0) {
    const declared = headers.get('cookie')?.value;
    const value = [...(declared ? [declared] : []), ...cookies].join('; ');
    headers.set('cookie', { name: 'cookie', value });
  }
  return Object.fromEntries([...headers.values()].map(({ name, value }) => [name, value]));
}

/** JSON before anything else that the operation answers with. */
function toAccept(mediaTypes: string[]): string {
  const sendable = mediaTypes.filter((type) => /^[^\s/,;]+\/[^\s/,;]+/.test(type) && isAscii(type));
  if (sendable.length === 0) return '*/*';
  const hasJson = sendable.some(isJson);
  return sendable
    .map((type) => (!hasJson || isJson(type) || /;\s*q=/.test(type) ? type : `${type};q=0.9`))
    .join(', ');
}

function isAscii(text: string): boolean {
  return /^[\x20-\x7e]*$/.test(text);
}

function headerValue(parameter: ParameterPlan, value: unknown): string | null {
  const { name, style, explode, contentType } = parameter;
  if (!token.test(name)) {
    const predicate = `cannot be sent: ${JSON.stringify(name)} is not a header name (RFC 9110 section 5.1).`;
    return refuse('invalid_name', predicate);
  }
  const text =
    contentType === null
      ? serializePathValue(value, { name, style, explode }, plainEncoder)
      : (asciiContentText(value, contentType) ?? '');
  const isEmptyList = text === '' && typeof value === 'object';
  if (isEmptyList) return null;
  assertHeaderText(text);
  return text;
}

function assertHeaderText(text: string): void {
  if (!headerText.test(text)) {
    refuse(
      'invalid_header_value',
      'holds a line break or another character that a header cannot carry (RFC 9110 section 5.5).',
    );
  }
  if (/^[\t ]|[\t ]$/.test(text)) {
    refuse('invalid_header_value', 'begins or ends with a space, which a header would lose.');
  }
}

/**
 * Members that explode become cookies of their own: `&` between them, as the query has it, is never right in a `Cookie`
 * header (OpenAPI 3.2 "Serialization and Examples").
 */
function cookiePairs(parameter: ParameterPlan, value: unknown): string[] {
  const { name, style, explode, allowReserved, contentType } = parameter;
  if (style === 'cookie') {
    const sent = contentType === null ? value : asciiContentText(value, contentType);
    const pairs = serializeQueryValue(sent, { name, style, explode }, plainEncoder);
    for (const [key, text] of pairs) assertCookie(key, text);
    return pairs.map((pair) => pair.join('='));
  }
  const encoder = allowReserved ? reservedCookieEncoder : queryEncoder;
  if (contentType !== null) {
    return [`${percentEncode(name)}=${encoder.text(contentText(value, contentType) ?? '')}`];
  }
  return serializeQueryValue(value, { name, style, explode }, encoder).map((pair) =>
    pair.join('='),
  );
}

function assertCookie(name: string, text: string): void {
  if (!token.test(name)) {
    refuse('invalid_name', `cannot be sent: ${JSON.stringify(name)} is not a cookie name.`);
  }
  assertHeaderText(text);
  if (text.includes(';')) {
    refuse('invalid_cookie_value', 'holds ";", which ends a cookie and cannot be escaped.');
  }
}
