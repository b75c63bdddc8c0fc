import type { RawObject } from './plain-objects.js';
import { isObject } from './plain-objects.js';
import type { BodyKind } from './types.js';

type MediaFacts = { essence: string; isJson: boolean; isXml: boolean; isStream: boolean };

const known = new Map<string, MediaFacts>();
const maxKnown = 2_000;
const streams =
  /^(text\/event-stream|(application|text)\/(x-)?(ndjson|jsonl|jsonlines|json-seq|jsonl\+json|stream\+json)|application\/.*\+json-seq)$/;

/** `type/subtype` of a media type, lower case, without parameters. */
export function essence(mediaType: string): string {
  return factsOf(mediaType).essence;
}

export function isJson(mediaType: string): boolean {
  return factsOf(mediaType).isJson;
}

export function isXml(mediaType: string): boolean {
  return factsOf(mediaType).isXml;
}

/** NDJSON, JSON lines, JSON sequences and server-sent events: many values instead of one. */
export function isStream(mediaType: string): boolean {
  return factsOf(mediaType).isStream;
}

/** A document has a handful of media types and names them on every operation. */
function factsOf(mediaType: string): MediaFacts {
  let facts = known.get(mediaType);
  if (!facts) {
    const type = (mediaType.split(';', 1)[0] ?? '').trim().toLowerCase();
    const isRange = type === '*/*' || type === 'application/*';
    facts = {
      essence: type,
      isJson: type.endsWith('/json') || type.endsWith('+json') || isRange,
      isXml: type.endsWith('/xml') || type.endsWith('+xml'),
      isStream: streams.test(type),
    };
    if (known.size >= maxKnown) known.clear();
    known.set(mediaType, facts);
  }
  return facts;
}

/** How a body of this media type is made. The schema decides where the media type leaves it open. */
export function bodyKind(mediaType: string, schema: unknown): BodyKind {
  const type = essence(mediaType);
  if (isStream(type)) return 'text';
  if (type === '*/*' || type === 'application/*') return isFileSchema(schema) ? 'binary' : 'json';
  if (isJson(type)) return 'json';
  if (type === 'application/x-www-form-urlencoded') return 'form';
  if (type.startsWith('multipart/')) return 'multipart';
  if (type.startsWith('text/') || isXml(type)) return 'text';
  if (/^(image|audio|video|font)\//.test(type) || type === 'application/octet-stream') {
    return 'binary';
  }
  if (/[/+](yaml|x-yaml|graphql|sdp|javascript|sql|toml)$/.test(type)) return 'text';
  const isText = isObject(schema) && schema.type === 'string' && !isFileSchema(schema);
  return isText ? 'text' : 'binary';
}

/** A media type that can stand in `Content-Type`: ranges are replaced by what their kind is sent as. */
export function sendableMediaType(mediaType: string, kind: BodyKind): string {
  if (!essence(mediaType).includes('*')) return mediaType;
  if (kind === 'json') return 'application/json';
  if (kind === 'text') return 'text/plain';
  return kind === 'multipart' ? 'multipart/form-data' : 'application/octet-stream';
}

/** A schema for the content of a file: 2.0 `type: file`, 3.0 `format: binary`, 3.1 `contentMediaType`. */
export function isFileSchema(schema: unknown): schema is RawObject {
  if (!isObject(schema)) return false;
  if (schema.type === 'file') return true;
  const { type } = schema;
  const isString = type === undefined || type === 'string';
  if (!isString && !(Array.isArray(type) && type.includes('string'))) return false;
  if (schema.format === 'binary') return true;
  const { contentMediaType, contentEncoding } = schema;
  if (contentEncoding !== undefined) return false;
  return (
    typeof contentMediaType === 'string' &&
    !isJson(contentMediaType) &&
    !/^text\//.test(contentMediaType)
  );
}
