import { childPointer } from '../json-pointer.js';
import {
  describeValue,
  isObject,
  type RawObject,
  setOwn,
  stringsOf,
  textOrNull,
} from '../plain-objects.js';
import type { Place } from '../references/spec-file.js';
import type { SpecContext } from '../spec-context.js';
import type { ServerPlan } from '../types.js';

/** The servers of one level (document, path or operation); null where that level says nothing. */
export function readServers(context: SpecContext, raw: unknown, place: Place): ServerPlan[] | null {
  if (raw === undefined || raw === null) return null;
  if (!Array.isArray(raw)) {
    const message = `"servers" is ${describeValue(raw)}; expected a list.`;
    context.problems.add('INVALID_SERVER', place, message);
    return null;
  }
  const servers: ServerPlan[] = [];
  for (const [index, item] of raw.entries()) {
    const at = { file: place.file, pointer: childPointer(place.pointer, index) };
    const server = readServer(context, item, at);
    if (server) servers.push(server);
  }
  return raw.length === 0 ? null : servers;
}

function readServer(context: SpecContext, raw: unknown, place: Place): ServerPlan | null {
  const url = isObject(raw) ? textOrNull(raw.url) : null;
  if (!isObject(raw) || url === null) {
    const found = isObject(raw)
      ? `"url" is ${describeValue(raw.url)}`
      : `it is ${describeValue(raw)}`;
    context.problems.add('INVALID_SERVER', place, `The server has no address: ${found}.`);
    return null;
  }
  const variables = readVariables(context, raw.variables, place);
  for (const [, name = ''] of url.matchAll(/\{([^{}]+)\}/g)) {
    if (Object.hasOwn(variables, name)) continue;
    const message = `The server address "${url}" has a variable "${name}" that is not declared.`;
    context.problems.add('INVALID_SERVER', place, message);
  }
  return locate(context, url.trim(), variables, place);
}

function locate(
  context: SpecContext,
  url: string,
  variables: ServerPlan['variables'],
  place: Place,
): ServerPlan | null {
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(url)?.[1]?.toLowerCase();
  if (scheme && /^[a-z][a-z0-9+.-]*:\/\//i.test(url)) {
    if (scheme === 'http' || scheme === 'https') return { url: withoutEndSlash(url), variables };
    const message = `The server address "${url}" is not http or https.`;
    context.problems.add('INVALID_SERVER', place, message);
    return null;
  }
  if (url.startsWith('{')) return { url: withoutEndSlash(url), variables };
  const base = place.file.isRoot ? context.files.base : place.file.url;
  if (base !== null && URL.canParse(url, base)) {
    const absolute = new URL(url, base).href.replaceAll('%7B', '{').replaceAll('%7D', '}');
    return { url: withoutEndSlash(absolute), variables };
  }
  const message = `The server address "${url}" is relative and the document was not loaded from a URL: a base URL has to be given.`;
  context.problems.add('NO_SERVER', place, message);
  return { url: withoutEndSlash(url), variables };
}

function withoutEndSlash(url: string): string {
  return url.length > 1 && url.endsWith('/') ? url.slice(0, -1) : url;
}

function readVariables(context: SpecContext, raw: unknown, place: Place): ServerPlan['variables'] {
  const variables: ServerPlan['variables'] = {};
  if (!isObject(raw)) return variables;
  for (const [name, value] of Object.entries(raw)) {
    const at = { file: place.file, pointer: childPointer(place.pointer, 'variables', name) };
    const described: RawObject = isObject(value) ? value : {};
    const choices = Array.isArray(described.enum) ? described.enum.map(String) : stringsOf(null);
    const preset = described.default ?? choices[0];
    if (preset === undefined) {
      const message = `The server variable "${name}" has no default; expected a string.`;
      context.problems.add('INVALID_SERVER', at, message);
      continue;
    }
    const description = textOrNull(described.description);
    setOwn(variables, name, {
      default: String(preset),
      ...(choices.length > 0 && { enum: choices }),
      ...(description !== null && { description }),
    });
  }
  return variables;
}

/** The servers of a whole document: its own, else the place that it was loaded from. */
export function documentServers(context: SpecContext, document: RawObject): ServerPlan[] {
  const root = context.files.root;
  if (context.dialect === '2.0') return swaggerServers(context, document, document.schemes);
  const place = { file: root, pointer: '/servers' };
  const servers = readServers(context, document.servers, place);
  if (servers) return servers;
  // Without servers there is one, whose address is "/" (OpenAPI 3.1, "OpenAPI Object"); it stands nowhere in the document.
  const own = readServer(context, { url: '/' }, { file: root, pointer: '' });
  return own ? [own] : [];
}

/** 2.0: `schemes`, `host` and `basePath`; what is missing is taken from the place that the document was loaded from. */
export function swaggerServers(
  context: SpecContext,
  document: RawObject,
  schemesOf: unknown,
): ServerPlan[] {
  const base = context.files.root.url === null ? null : new URL(context.files.root.url);
  const host = textOrNull(document.host) ?? base?.host ?? null;
  const path = textOrNull(document.basePath) ?? '';
  const basePath = withoutEndSlash(path === '' || path.startsWith('/') ? path : `/${path}`);
  const suffix = basePath === '/' ? '' : basePath;
  if (host === null) {
    const message =
      'The document has no "host" and was not loaded from a URL: a base URL has to be given.';
    context.problems.add('NO_SERVER', { file: context.files.root, pointer: '' }, message);
    return [{ url: suffix === '' ? '/' : suffix, variables: {} }];
  }
  const declared = stringsOf(schemesOf).map((scheme) => scheme.toLowerCase());
  const usable = declared.filter((scheme) => scheme === 'https' || scheme === 'http');
  const fallback = base?.protocol.replace(':', '') ?? 'https';
  const schemes = usable.length > 0 ? usable : [fallback];
  return [...new Set(schemes)]
    .sort((a, b) => b.length - a.length)
    .map((scheme) => ({ url: `${scheme}://${host}${suffix}`, variables: {} }));
}
