import { planRequest } from '../src/calls/plan-request.js';
import { parseSpec } from '../src/openapi/parse-spec.js';
import type { ToolDraft } from '../src/openapi/types.js';
import { parseMultipart } from '../test/support/parse-multipart.js';
import type { Given, HarCase } from './har-cases.js';
import type { HarPlanner, HarRequest } from './peers.js';

/** A request in comparable pieces; `refused` says why there is none. */
export type WireRequest = Record<string, string>;

/** What Toolgraph sends. */
export function ownRequest({ document, ownDocument, given, method, path }: HarCase): WireRequest {
  const body = JSON.stringify(ownDocument ?? document);
  const { drafts } = parseSpec({ body, url: null, files: {}, unavailable: {} });
  const draft = drafts.find(
    (found) => found.path === path && found.method === method.toUpperCase(),
  );
  if (!draft) return { refused: 'no tool' };
  return ownWire(draft, toArguments(draft, given));
}

export function ownWire(draft: ToolDraft, args: Record<string, unknown>): WireRequest {
  try {
    const request = planRequest(
      { ...draft, baseUrl: 'https://api.test/v1', isBaseUrlGiven: false },
      args,
    );
    const { cookie, ...headers } = lowerCased(Object.entries(request.headers));
    const type = headers['content-type'] ?? '';
    const bytes = Buffer.from(request.body ?? []);
    const content = type.startsWith('multipart/')
      ? parseMultipart(bytes, type).map(toPartText).join('\n')
      : toBodyText(bytes);
    return toWire(request.method, request.url, headers, cookie, request.body ? content : undefined);
  } catch (error) {
    return { refused: error instanceof Error ? error.message : String(error) };
  }
}

/** The arguments of a tool from values by location and wire name. */
function toArguments({ plan }: ToolDraft, given: Given): Record<string, unknown> {
  const args: Record<string, unknown> = {};
  for (const { argument, in: where, name } of plan.parameters) {
    const found = given[where];
    if (where === 'querystring') args[argument] = found && Object.values(found)[0];
    else if (found && Object.hasOwn(found, name)) args[argument] = found[name];
  }
  if (given.body === undefined || !plan.body) return args;
  if (plan.body.argument !== null) args[plan.body.argument] = given.body;
  for (const { argument, name } of plan.body.fields ?? []) {
    const value = (given.body as Record<string, unknown>)[name];
    if (value !== undefined) args[argument] = value;
  }
  if (plan.body.contentTypeArgument !== null && given.contentType !== undefined) {
    args[plan.body.contentTypeArgument] = given.contentType;
  }
  return args;
}

/** What a client sends that takes the peer's HAR at its word: texts of the query as they are, cookies encoded. */
export function peerRequest(planner: HarPlanner, found: HarCase): WireRequest {
  try {
    const har = planner(structuredClone(found.document), found, toValues(found));
    const query = har.queryString.map(({ name, value }) => `${name}=${value}`).join('&');
    const url = query === '' ? har.url : `${har.url}?${query}`;
    const cookie = har.cookies
      .map(({ name, value }) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`)
      .join('; ');
    const headers = lowerCased(har.headers.map(({ name, value }) => [name, value]));
    const body = peerBody(har);
    return toWire(har.method, url, headers, cookie || undefined, body);
  } catch (error) {
    return { refused: error instanceof Error ? error.message : String(error) };
  }
}

function toValues({ given, document }: HarCase): Record<string, unknown> {
  const { body, contentType, ...values } = structuredClone(given);
  if (body === undefined) return values;
  const isForm = contentType
    ? contentType.includes('urlencoded')
    : JSON.stringify(document.paths).includes('"application/x-www-form-urlencoded"');
  return { ...values, [isForm ? 'formData' : 'body']: body };
}

function peerBody({ postData }: HarRequest): string | undefined {
  if (!postData) return undefined;
  const { params, mimeType, text } = postData;
  if (!params) return text === undefined ? undefined : String(text);
  if (mimeType.includes('urlencoded')) {
    const form = new URLSearchParams();
    for (const { name, value } of params) form.append(name, value ?? '');
    return form.toString();
  }
  return params
    .map(({ name, value = '', fileName = null, contentType = null }) => {
      const data = /^data:[^,]*;base64,(.*)$/.exec(value)?.[1];
      const content =
        fileName === null || data === undefined ? Buffer.from(value) : Buffer.from(data, 'base64');
      return toPartText({ name, fileName, contentType, content });
    })
    .join('\n');
}

type ComparedPart = {
  name: string;
  fileName: string | null;
  contentType?: string | null;
  headers?: string[];
  content: Buffer;
};

function toPartText({ name, fileName, contentType, headers, content }: ComparedPart): string {
  const file = fileName === null ? '' : ` file ${fileName}`;
  const notes = [...(contentType ? [contentType] : []), ...(headers ?? [])];
  return `${name}${file}${notes.length > 0 ? ` (${notes.join(', ')})` : ''}: ${toBodyText(content)}`;
}

function toBodyText(bytes: Buffer): string {
  const text = bytes.toString('utf8');
  return Buffer.from(text).equals(bytes) ? text : `0x${bytes.toString('hex')}`;
}

function lowerCased(entries: [string, string][]): Record<string, string> {
  return Object.fromEntries(entries.map(([name, value]) => [name.toLowerCase(), value]));
}

/** As `fetch` would ask for it: the URL read by the rules of WHATWG. */
function toWire(
  method: string,
  text: string,
  headers: Record<string, string>,
  cookie: string | undefined,
  body: string | undefined,
): WireRequest {
  const url = URL.parse(text);
  const wire: WireRequest = { method, path: url ? url.origin + url.pathname : text };
  if (url?.search) wire.query = url.search;
  for (const [name, value] of Object.entries(headers)) {
    wire[`header ${name}`] = name === 'content-type' ? value.replace(/; ?boundary=.*$/, '') : value;
  }
  if (cookie !== undefined) wire.cookie = cookie;
  if (body !== undefined) wire.body = body;
  return wire;
}

export type Difference = {
  group: string;
  value: string;
  /** A piece of the request, such as `query` or `header accept`; `refused` where one side sends nothing. */
  piece: string;
  ours: string;
  theirs: string;
};

export function differencesOf(
  { group, value }: Pick<HarCase, 'group' | 'value'>,
  ours: WireRequest,
  theirs: WireRequest,
): Difference[] {
  if (ours.refused !== undefined || theirs.refused !== undefined) {
    if (ours.refused !== undefined && theirs.refused !== undefined) return [];
    const both = { ours: oneLine(ours), theirs: oneLine(theirs) };
    return [{ group, value, piece: 'refused', ...both }];
  }
  const pieces = new Set([...Object.keys(ours), ...Object.keys(theirs)]);
  return [...pieces]
    .filter((piece) => ours[piece] !== theirs[piece])
    .map((piece) => ({
      group,
      value,
      piece,
      ours: ours[piece] ?? 'nothing',
      theirs: theirs[piece] ?? 'nothing',
    }));
}

function oneLine({ refused, ...wire }: WireRequest): string {
  if (refused !== undefined) return `refused: ${refused}`;
  return Object.entries(wire)
    .filter(([piece]) => piece !== 'header accept')
    .map(([, text]) => text)
    .join(' ');
}
