import type { RawObject } from './plain-objects.js';
import { isObject } from './plain-objects.js';
import type { BodyKind } from './types.js';

/** `type/subtype` of a media type, lower case, without parameters. */
export function essence(mediaType: string): string {
  const semicolon = mediaType.indexOf(';');
  return (semicolon === -1 ? mediaType : mediaType.slice(0, semicolon)).trim().toLowerCase();
}

export function isJson(mediaType: string): boolean {
  const type = essence(mediaType);
  return (
    type.endsWith('/json') || type.endsWith('+json') || type === '*/*' || type === 'application/*'
  );
}

export function isXml(mediaType: string): boolean {
  const type = essence(mediaType);
  return type.endsWith('/xml') || type.endsWith('+xml');
}

/** NDJSON, JSON lines, JSON sequences and server-sent events: many values instead of one. */
export function isStream(mediaType: string): boolean {
  return /^(text\/event-stream|(application|text)\/(x-)?(ndjson|jsonl|jsonlines|json-seq|jsonl\+json|stream\+json)|application\/.*\+json-seq)$/.test(
    essence(mediaType),
  );
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
