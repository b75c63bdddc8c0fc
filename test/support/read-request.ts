import type { PlannableEndpoint } from '../../src/calls/plan-request.js';
import type { BodyVariant, ParameterPlan } from '../../src/openapi/types.js';
import { headerOf, type ReceivedRequest } from './echo-server.js';
import { parseMultipart } from './parse-multipart.js';
import { decodeUrl, type Pair, readJoined, readPairs, splitPairs } from './read-pairs.js';

export type ReadBack = {
  /** Argument → what the wire says of it; leaves are texts but for JSON, whose leaves are as they were. */
  values: Map<string, unknown>;
  /** Arguments that went as JSON. */
  exact: Set<string>;
  /** Query parameters and cookies that no argument accounts for. */
  leftover: string[];
};

const json = /[/+]json\b/i;

/** Reads the arguments back from what a server received, each from the place that the document declares for it. */
export function readRequest(
  endpoint: Pick<PlannableEndpoint, 'path' | 'plan'>,
  received: ReceivedRequest,
  args: Record<string, unknown>,
): ReadBack {
  const { plan } = endpoint;
  const [, query = ''] = received.target.split(/\?(.*)/s);
  const pairs = splitPairs(query, '&');
  const cookies = splitPairs(headerOf(received.headers, 'cookie') ?? '', '; ');
  const values = new Map<string, unknown>();
  const captured = capturePath(endpoint.path, received.target);
  for (const parameter of plan.parameters) {
    const like = args[parameter.argument];
    if (like === undefined) continue;
    const wire = { pairs, cookies, captured, received, query };
    values.set(parameter.argument, readParameter(parameter, like, wire));
  }
  if (plan.body && received.body.length > 0) readBody(endpoint, received, args, values);
  const [, written = ''] = endpoint.path.split('#')[0]?.split(/\?(.*)/s) ?? [];
  for (const { name } of splitPairs(written, '&')) {
    const at = pairs.findIndex((pair) => decodeUrl(pair.name) === name);
    if (at >= 0) pairs.splice(at, 1);
  }
  const leftover = [...pairs, ...cookies].map(({ name, value }) => `${name}=${value}`);
  return { values, exact: exactArguments(endpoint, received), leftover };
}

function exactArguments(
  { plan }: Pick<PlannableEndpoint, 'plan'>,
  { headers }: ReceivedRequest,
): Set<string> {
  const isJson = (type: string | null) => type !== null && json.test(type);
  const exact = new Set(
    plan.parameters.filter((one) => isJson(one.contentType)).map(({ argument }) => argument),
  );
  if (!isJson(headerOf(headers, 'content-type') ?? null)) return exact;
  for (const { argument } of plan.body?.fields ?? []) exact.add(argument);
  if (plan.body?.argument) exact.add(plan.body.argument);
  return exact;
}

type Wire = {
  pairs: Pair[];
  cookies: Pair[];
  captured: Map<string, string>;
  received: ReceivedRequest;
  query: string;
};

function readParameter(parameter: ParameterPlan, like: unknown, wire: Wire): unknown {
  const { name, contentType } = parameter;
  const inContent = (text: string | undefined) => {
    if (text === undefined || contentType === null) return text;
    return json.test(contentType) ? JSON.parse(text) : text;
  };
  switch (parameter.in) {
    case 'path': {
      const text = wire.captured.get(name);
      if (text === undefined) return undefined;
      return contentType === null
        ? readSimple(parameter, text, like, decodeURIComponent)
        : inContent(decodeURIComponent(text));
    }
    case 'header': {
      const text = headerOf(wire.received.headers, name);
      if (text === undefined || contentType !== null) return inContent(text);
      return readSimple(parameter, text, like, (part) => part);
    }
    case 'querystring': {
      wire.pairs.length = 0;
      if (contentType !== null && json.test(contentType)) {
        return JSON.parse(decodeURIComponent(wire.query));
      }
      return readFormObject(splitPairs(wire.query, '&'), like);
    }
    default: {
      const isPlain = parameter.style === 'cookie';
      const decode = isPlain ? (text: string) => text : decodeUrl;
      const from = parameter.in === 'cookie' ? wire.cookies : wire.pairs;
      if (contentType === null) return readPairs(from, like, parameter, decode);
      const style = { name, style: 'form', explode: false } as const;
      return inContent(readPairs(from, '', style, decode) as string | undefined);
    }
  }
}

function readFormObject(pairs: Pair[], like: unknown): unknown {
  if (typeof like !== 'object' || like === null) return undefined;
  const style = { style: 'form', explode: true } as const;
  const entries = Object.entries(like).map(([name, member]) => [
    name,
    readPairs(pairs, Array.isArray(member) ? member : '', { name, ...style }, decodeUrl),
  ]);
  return Object.fromEntries(entries);
}

function escapeRegExp(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
}

/** What stands in the place of each variable of a path template, as it was sent. */
function capturePath(template: string, target: string): Map<string, string> {
  const names: string[] = [];
  const [beforeFragment = ''] = template.split('#');
  const source = beforeFragment
    .split(/\{([^{}]+)\}/)
    .map((part, index) => {
      if (index % 2 === 0) return escapeRegExp(encodeURI(part).replaceAll('%25', '%'));
      names.push(part);
      return '([^/?&]*?)';
    })
    .join('');
  const found = new RegExp(`${source}(?:[?&]|$)`).exec(target);
  return new Map(names.map((name, index) => [name, found?.[index + 1] ?? '']));
}

const separators: Record<string, [encoded: string, plain: string]> = {
  spaceDelimited: ['%20', ' '],
  pipeDelimited: ['%7C', '|'],
  tabDelimited: ['%09', '\t'],
};

function readSimple(
  { name, style, explode, in: where }: ParameterPlan,
  text: string,
  like: unknown,
  decode: (text: string) => string,
): unknown {
  const isStructured = typeof like === 'object' && like !== null;
  if (style === 'matrix') {
    const pairs = splitPairs(text.slice(1), ';');
    return readPairs(pairs, like, { name, style: 'form', explode }, decode);
  }
  const inner = style === 'label' ? text.slice(1) : text;
  if (!isStructured) return decode(inner);
  const [encoded, plain] = separators[style] ?? [',', ','];
  const separator = style === 'label' && explode ? '.' : where === 'header' ? plain : encoded;
  if (explode && !Array.isArray(like)) {
    const pairs = splitPairs(inner, separator);
    return Object.fromEntries(pairs.map((pair) => [decode(pair.name), decode(pair.value)]));
  }
  return readJoined(inner, separator, like, decode);
}

function readBody(
  { plan }: Pick<PlannableEndpoint, 'plan'>,
  received: ReceivedRequest,
  args: Record<string, unknown>,
  values: Map<string, unknown>,
): void {
  const { body } = plan;
  if (!body) return;
  const type = headerOf(received.headers, 'content-type') ?? '';
  const isSent = ({ mediaType }: BodyVariant) => type.startsWith(mediaType.split(';')[0] ?? '');
  const wanted = body.contentTypeArgument === null ? undefined : args[body.contentTypeArgument];
  const variant = wanted
    ? body.variants.find(({ mediaType }) => mediaType === wanted)
    : body.variants[0];
  if (!variant || !isSent(variant)) return;
  if (body.contentTypeArgument !== null && wanted !== undefined) {
    values.set(body.contentTypeArgument, wanted);
  }
  if (body.argument !== null) {
    values.set(body.argument, readWhole(variant, received.body, type, args[body.argument]));
    return;
  }
  const fields = body.fields ?? [];
  const like = Object.fromEntries(
    fields
      .filter(({ argument }) => args[argument] !== undefined)
      .map(({ name, argument }) => [name, args[argument]]),
  );
  const whole = readWhole(variant, received.body, type, like) as Record<string, unknown>;
  for (const { name, argument } of fields) {
    if (args[argument] !== undefined) values.set(argument, whole[name]);
  }
}

function readWhole(variant: BodyVariant, body: Buffer, type: string, like: unknown): unknown {
  switch (variant.kind) {
    case 'json':
      return JSON.parse(body.toString());
    case 'form':
      return readForm(variant, body.toString(), like);
    case 'multipart':
      return readParts(variant, body, type, like);
    case 'binary':
      return body.toString('base64');
    case 'text':
      return body.toString();
  }
}

function readForm({ encoding }: BodyVariant, text: string, like: unknown): unknown {
  if (typeof like !== 'object' || like === null) return text;
  const pairs = splitPairs(text, '&');
  const entries = Object.entries(like).map(([name, member]) => {
    const plan = Object.hasOwn(encoding, name) ? encoding[name] : undefined;
    const isStyled =
      plan?.style !== undefined || plan?.explode !== undefined || plan?.allowReserved !== undefined;
    if (plan && isStyled) {
      const style = plan.style ?? 'form';
      const explode = plan.explode ?? style === 'form';
      return [name, readPairs(pairs, member, { name, style, explode }, decodeUrl)];
    }
    const shape = Array.isArray(member) ? member : '';
    const options = { name, style: 'form', explode: true } as const;
    return [name, readPairs(pairs, shape, options, decodeUrl)];
  });
  if (pairs.length > 0) throw new Error(`${pairs.length} fields stand alone`);
  return Object.fromEntries(entries);
}

function readParts(
  { files, encoding }: BodyVariant,
  body: Buffer,
  type: string,
  like: unknown,
): unknown {
  const parts = parseMultipart(body, type);
  const entries = Object.entries(like ?? {}).map(([name, member]) => {
    const plan = Object.hasOwn(encoding, name) ? encoding[name] : undefined;
    const isStyled = plan?.style !== undefined || plan?.explode !== undefined;
    if (isStyled && !files.includes(name)) {
      const pairs = parts.map(({ name: key, content }) => ({
        name: key,
        value: content.toString(),
      }));
      const style = plan.style ?? 'form';
      const explode = plan.explode ?? style === 'form';
      const options = { name, style, explode, isPlain: true };
      return [name, readPairs(pairs, member, options, (text) => text)];
    }
    const read = parts
      .filter((part) => part.name === name)
      .map(({ content, fileName }) =>
        fileName === null ? content.toString() : content.toString('base64'),
      );
    return [name, Array.isArray(member) ? read : read[0]];
  });
  return Object.fromEntries(entries);
}
