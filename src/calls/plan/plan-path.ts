import { AppError } from '../../errors.js';
import { RecentMap } from '../../lib/recent-map.js';
import type { ParameterPlan } from '../../openapi/types.js';
import { contentText } from './content-text.js';
import { percentEncode, queryEncoder, reservedPathEncoder } from './encode-text.js';
import type { ParameterValue } from './parameter-value.js';
import { type RequestIssues, refuse } from './request-issues.js';
import { serializePathValue } from './serialize-path-value.js';

/** Path and query of an operation's template with its path parameters in place. The path starts with a slash. */
export type PlannedPath = { path: string; query: string };

/**
 * Fills a path template; two parameters may share a segment. A query that a document has in its path stays, a fragment
 * goes. A value cannot add, remove or empty a segment: what encoding cannot keep in its place is refused.
 */
export function planPath(
  template: string,
  values: ParameterValue[],
  issues: RequestIssues,
): PlannedPath {
  const expansions = new Map<string, { parameter: ParameterPlan; text: string }>();
  for (const { parameter, value } of values) {
    if (parameter.in !== 'path') continue;
    const text = issues.of(parameter.argument, () => expand(parameter, value));
    expansions.set(parameter.name, { parameter, text: text ?? '-' });
  }
  const read = readTemplate(template);
  const segments = read.segments.map(({ parts, variable }) => {
    const filled = fill(parts, expansions);
    const holder = variable === undefined ? undefined : expansions.get(variable);
    if (holder && isDotSegment(filled)) {
      issues.of(holder.parameter.argument, () =>
        refuse(
          'dot_segment',
          'would make a segment of the path "." or "..", which servers remove.',
        ),
      );
    }
    return filled;
  });
  const joined = segments.join('/');
  return {
    path: joined.startsWith('/') ? joined : `/${joined}`,
    query: fill(read.query, expansions),
  };
}

/** Literals, as they are sent, at even places, and between them names of variables. */
type Parts = readonly string[];

type Template = {
  segments: readonly { parts: Parts /** The first, if any. */; variable: string | undefined }[];
  query: Parts;
};

const templates = new RecentMap<string, Template>(2000);

function readTemplate(template: string): Template {
  const known = templates.get(template);
  if (known) return known;
  const [beforeFragment = ''] = splitOutside(template, '#');
  const [path = '', ...rest] = splitOutside(beforeFragment, '?');
  const segments = splitOutside(path, '/').map((segment) => {
    const parts = toParts(segment, literalInPath);
    return { parts, variable: parts[1] };
  });
  const read = { segments, query: toParts(rest.join('?'), literalInQuery) };
  templates.set(template, read);
  return read;
}

function toParts(text: string, literal: RegExp): Parts {
  return text
    .split(/\{([^{}]+)\}/)
    .map((part, index) => (index % 2 === 0 ? encodeLiteral(part, literal) : part));
}

const literalInPath = /[^A-Za-z0-9\-._~!$&'()*+,;=:@/%]/gu;
const literalInQuery = /[^A-Za-z0-9\-._~!$&()*+,;=:@/?%]/gu;

function expand(parameter: ParameterPlan, value: unknown): string {
  const { name, style, explode, allowReserved, contentType } = parameter;
  if (value === undefined) refuse('required', 'is missing. It is a part of the path.');
  const sent = contentType === null ? value : contentText(value, contentType);
  assertStaysInSegment(sent);
  const encoder = allowReserved ? reservedPathEncoder : queryEncoder;
  const text = serializePathValue(sent, { name, style, explode }, encoder);
  if (text === '') refuse('empty_path_value', 'cannot be empty: it is a part of the path.');
  return text;
}

/** Servers and proxies that decode a path before they read it must find no dot segment in a value either. */
function assertStaysInSegment(value: unknown): void {
  if (typeof value === 'object' && value !== null) {
    for (const member of Object.values(value)) assertStaysInSegment(member);
    return;
  }
  if (typeof value !== 'string') return;
  if (hasControl(value)) {
    refuse('control_character', 'holds a control character, which a path cannot carry.');
  }
  let text = value;
  for (let round = 0; round < 3; round += 1) {
    if (/(?:^|[/\\])\.\.?(?:[;/\\]|$)/.test(text)) {
      refuse('dot_segment', 'holds a "." or ".." segment, which could lead to another path.');
    }
    const decoded = text.replace(/%(2e|2f|5c|25)/gi, (triple) => decodeURIComponent(triple));
    if (decoded === text) return;
    text = decoded;
  }
}

function hasControl(text: string): boolean {
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code < 0x20 || code === 0x7f) return true;
  }
  return false;
}

function isDotSegment(segment: string): boolean {
  const [name = ''] = segment.replace(/%2e/gi, '.').split(';', 1);
  return name === '.' || name === '..';
}

function fill(parts: Parts, expansions: ReadonlyMap<string, { text: string }>): string {
  return parts
    .map((part, index) => {
      if (index % 2 === 0) return part;
      const found = expansions.get(part);
      if (found) return found.text;
      const message = `The path has a variable "${part}" that no argument fills.`;
      throw new AppError('NOT_CONFIGURED', message);
    })
    .join('');
}

/** What a document writes in a path stays as it is as far as RFC 3986 allows it there. */
function encodeLiteral(text: string, literal: RegExp): string {
  return text
    .toWellFormed()
    .replace(literal, (character) => percentEncode(character))
    .replace(/%(?![0-9A-Fa-f]{2})/g, '%25');
}

/** Splits at a character that is not part of a variable's name. */
function splitOutside(text: string, separator: string): string[] {
  const parts = [''];
  for (const piece of text.split(/(\{[^{}]+\})/)) {
    const inside = piece.startsWith('{') && piece.endsWith('}') && piece.length > 2;
    const [first = '', ...others] = inside ? [piece] : piece.split(separator);
    parts[parts.length - 1] += first;
    parts.push(...others);
  }
  return parts;
}
