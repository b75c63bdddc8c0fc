import { AppError } from '../errors.js';
import type { Placement } from './bind-scheme.js';
import type { PlannedRequest } from './call-types.js';

/** A request with one credential more, in place of whatever an argument put there. */
export function placeOnRequest(
  request: PlannedRequest,
  { scheme, in: place, name, value }: Placement,
): PlannedRequest {
  if (value === null) {
    throw new AppError('INTERNAL', `The scheme "${scheme}" was placed before it had its token.`);
  }
  switch (place) {
    case 'header':
      return { ...request, headers: setHeader(request.headers, name, value) };
    case 'query':
      return { ...request, url: setQueryParameter(request.url, name, value) };
    case 'cookie':
      return { ...request, headers: setCookie(request.headers, name, value) };
  }
}

/** The headers with this one, whatever the case of the name that was there. A `Cookie` keeps the cookies of other names. */
export function setHeader(
  headers: Record<string, string>,
  name: string,
  value: string,
): Record<string, string> {
  const key = name.toLowerCase();
  const others = Object.entries(headers).filter(([other]) => other.toLowerCase() !== key);
  const before = key === 'cookie' ? headerOf(headers, 'cookie') : '';
  const merged = before === '' ? value : mergeCookies(before, value);
  return Object.fromEntries([...others, [name, merged]]);
}

function setCookie(
  headers: Record<string, string>,
  name: string,
  value: string,
): Record<string, string> {
  // RFC 6265, section 4.1.1: what a cookie cannot hold would end it and begin another.
  const octets = value.replace(/[^\x21\x23-\x2b\x2d-\x3a\x3c-\x5b\x5d-\x7e]/g, encodeURIComponent);
  return setHeader(headers, 'cookie', `${name}=${octets}`);
}

function mergeCookies(before: string, added: string): string {
  const names = new Set(splitCookies(added).map(nameOfCookie));
  const kept = splitCookies(before).filter((cookie) => !names.has(nameOfCookie(cookie)));
  return [...kept, ...splitCookies(added)].join('; ');
}

function splitCookies(header: string): string[] {
  return header
    .split(';')
    .map((cookie) => cookie.trim())
    .filter(Boolean);
}

function nameOfCookie(cookie: string): string {
  return cookie.split('=', 1)[0] ?? '';
}

function headerOf(headers: Record<string, string>, key: string): string {
  return Object.entries(headers).find(([name]) => name.toLowerCase() === key)?.[1] ?? '';
}

function setQueryParameter(url: string, name: string, value: string): string {
  const target = new URL(url);
  const others = target.search
    .slice(1)
    .split('&')
    .filter((pair) => pair !== '' && !isNamed(pair, name));
  target.search = [...others, `${strictEncode(name)}=${strictEncode(value)}`].join('&');
  return target.href;
}

function isNamed(pair: string, name: string): boolean {
  const [key = ''] = pair.split('=', 1);
  try {
    return decodeURIComponent(key.replaceAll('+', ' ')) === name;
  } catch {
    return key === name;
  }
}

function strictEncode(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
