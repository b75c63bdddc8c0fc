import { essence, isJson } from '../../openapi/media-types.js';
import { isObject } from '../../openapi/plain-objects.js';
import type { BodyVariant, EncodingPlan, PositionPlan } from '../../openapi/types.js';
import { plainEncoder } from './encode-text.js';
import { readFileContent } from './file-content.js';
import { hasStyle, itemsOf, styleOf } from './form-fields.js';
import type { Part } from './multipart.js';
import { isSentAsBase64, type PartHeader, partHeaders } from './part-headers.js';
import type { BodyValue } from './plan-body.js';
import { type RequestIssues, refuse } from './request-issues.js';
import { serializeQueryValue } from './serialize-query-value.js';
import { isPresent, toWireText } from './wire-value.js';

type Named = BodyValue & { value: Record<string, unknown> };
type Encodings = Pick<BodyVariant, 'encoding' | 'files'>;

/**
 * The parts of a multipart body: one for each member, and for each item of a list. Files are read from base64 or data
 * URIs; objects go as JSON; text has no `Content-Type` unless the document gives one.
 */
export function multipartParts(
  { value, argumentOf }: Named,
  { encoding, files }: Encodings,
  issues: RequestIssues,
): Part[] {
  return Object.entries(value).flatMap(([name, member]) => {
    const declared = Object.hasOwn(encoding, name) ? encoding[name] : undefined;
    const plan = { ...declared, isFile: files.includes(name) };
    return issues.of(argumentOf(name), () => namedParts(name, member, plan)) ?? [];
  });
}

/**
 * The parts of a multipart body that is a list (OpenAPI 3.2 "Encoding By Position"): one without a name for each item. As
 * form data, whose parts have names, one for each member of each item.
 */
export function listedParts(
  items: unknown[],
  { mediaType, positions }: Pick<BodyVariant, 'mediaType' | 'positions'>,
): Part[] {
  const isForm = essence(mediaType) === 'multipart/form-data';
  return items.flatMap((item, index) => {
    const plan = positions?.first[index] ?? positions?.others ?? {};
    if (!isForm) return isPresent(item) ? [partOf(null, item, plan)] : [];
    if (isObject(item)) {
      return Object.entries(item).flatMap(([name, member]) => namedParts(name, member, plan));
    }
    return refuse('type', 'holds an item that is no object: form data has a name for each part.');
  });
}

function namedParts(name: string, value: unknown, plan: PositionPlan): Part[] {
  if (!plan.isFile && hasStyle(plan)) return styledParts(name, value, plan);
  return itemsOf(value).map((item) => partOf(name, item, plan));
}

function partOf(name: string | null, item: unknown, plan: PositionPlan): Part {
  const headers = partHeaders(plan.headers);
  return plan.isFile && typeof item === 'string'
    ? filePart(name, item, plan.contentType, headers)
    : valuePart(name, item, plan.contentType, headers);
}

function styledParts(name: string, value: unknown, plan: EncodingPlan): Part[] {
  const headers = partHeaders(plan.headers);
  return serializeQueryValue(value, styleOf(name, plan), plainEncoder).map(([key, text]) => ({
    name: key,
    fileName: null,
    contentType: null,
    headers,
    content: Buffer.from(text),
  }));
}

function valuePart(
  name: string | null,
  value: unknown,
  declared: string | undefined,
  headers: PartHeader[],
): Part {
  const type = concreteType(declared);
  const isStructured = typeof value === 'object' && value !== null;
  const asJson = isStructured || (type !== null && isJson(type));
  return {
    name,
    fileName: null,
    contentType: type ?? (isStructured ? 'application/json' : null),
    headers,
    content: Buffer.from(asJson ? JSON.stringify(value) : toWireText(value)),
  };
}

function filePart(
  name: string | null,
  value: unknown,
  declared: string | undefined,
  headers: PartHeader[],
): Part {
  const { bytes, mediaType, fileName } = readFileContent(value);
  const type = mediaType ?? concreteType(declared) ?? 'application/octet-stream';
  return {
    name,
    fileName: fileName ?? (name === null ? null : `${name}${extensionOf(type)}`),
    contentType: type,
    headers,
    content: isSentAsBase64(headers) ? Buffer.from(Buffer.from(bytes).toString('base64')) : bytes,
  };
}

/** The first of a list of media types that is no range. */
function concreteType(declared: string | undefined): string | null {
  const types = declared?.split(',').map((type) => type.trim()) ?? [];
  return (
    types.find((type) => /^[\x21-\x7e][\x20-\x7e]*$/.test(type) && !type.includes('*')) ?? null
  );
}

const extensions: Record<string, string> = {
  'application/octet-stream': '',
  'audio/mpeg': '.mp3',
  'audio/x-wav': '.wav',
  'image/jpeg': '.jpg',
  'image/svg+xml': '.svg',
  'text/plain': '.txt',
  'text/markdown': '.md',
  'video/quicktime': '.mov',
};

/** Many receivers tell the kind of a file by the end of its name. */
function extensionOf(mediaType: string): string {
  const [type = ''] = mediaType.toLowerCase().split(';', 1);
  if (Object.hasOwn(extensions, type)) return extensions[type] ?? '';
  const subtype = /\/([a-z0-9]{1,5})$/.exec(type)?.[1];
  return subtype === undefined ? '' : `.${subtype}`;
}
