import { setImmediate } from 'node:timers/promises';
import type { FastifyRequest } from 'fastify';
import { type JsonMembers, scanJsonMembers } from '../../lib/compact-json-members.js';
import { mediaTypeOf } from './media-types.js';
import { findApiId } from './read-request.js';
import { invalid } from './refusals.js';

/** The input of a sync as it came over the wire: the verb's schema checks it. */
export type WireSync = {
  source: { url: unknown } | { text: string | Uint8Array };
  apiId?: string | null;
  name?: unknown;
  baseUrl?: unknown;
  headers?: unknown;
  strategy?: unknown;
};

const expected =
  'expected {"swagger_url": …}, {"swagger_json": …}, or the OpenAPI or Swagger document itself as the body';

/**
 * What `preview-swagger`, `plan-sync` and `sync-swagger` take: a JSON object with `swagger_url` or `swagger_json`, or the document itself,
 * in JSON or YAML. The document stays text, byte for byte as received or, out of `swagger_json`, as compact JSON, so that its hash follows
 * what was sent and its parsing stays off this thread. Throws INVALID_INPUT.
 */
export async function readSpecBody(request: FastifyRequest): Promise<WireSync> {
  const apiId = findApiId(request);
  const bytes = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
  if (bytes.length === 0) throw invalid(['body'], `The body is empty: ${expected}.`, 'missing');
  const mediaType = mediaTypeOf(request);
  const text = mediaType?.includes('yaml') ? null : decodeUtf8(bytes);
  if (text === null) return { source: { text: bytes }, apiId };

  const scanned = await scan(text);
  const isJson = mediaType?.includes('json') ?? false;
  switch (scanned.kind) {
    case 'members':
      return { ...readMembers(scanned.members), apiId };
    case 'invalid':
      if (isJson) throw notJson(scanned);
      return { source: { text: bytes }, apiId };
    default:
      return { source: { text: bytes }, apiId };
  }
}

async function scan(text: string): Promise<JsonMembers> {
  const steps = scanJsonMembers(text, { stopAt: ['openapi', 'swagger'] });
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
    await setImmediate();
  }
}

function readMembers(members: Map<string, string>): WireSync {
  const url = parseMember(members, 'swagger_url');
  const json = members.get('swagger_json') ?? 'null';
  if ((url !== null) === (json !== 'null')) {
    const found = url === null ? 'neither swagger_url nor swagger_json' : 'both of them';
    throw invalid(['body'], `The body has ${found}: ${expected}.`, 'value_error');
  }
  return {
    source: url === null ? { text: documentText(json) } : { url },
    name: parseMember(members, 'name'),
    baseUrl: parseMember(members, 'base_url'),
    headers: parseMember(members, 'headers'),
    strategy: readStrategy(parseMember(members, 'strategy')),
  };
}

/** `swagger_json` holds the document as an object, or its text in a string. */
function documentText(json: string): string {
  if (json.startsWith('{')) return json;
  if (json.startsWith('"')) return JSON.parse(json);
  throw invalid(
    ['body', 'swagger_json'],
    'expected the document as a JSON object, or its text as a string',
    'dict_type',
  );
}

/** Any case; what is no text is left for the verb to refuse. */
export function readStrategy(strategy: unknown): unknown {
  return typeof strategy === 'string' ? strategy.toUpperCase() : strategy;
}

function parseMember(members: Map<string, string>, key: string): unknown {
  return JSON.parse(members.get(key) ?? 'null');
}

function notJson({ position, line, column, expected: wanted }: JsonMembers & { kind: 'invalid' }) {
  return invalid(
    ['body', position],
    `The body is not valid JSON: expected ${wanted} at line ${line}, column ${column}.`,
    'json_invalid',
  );
}

/** Null for bytes that are no UTF-8: the reader of documents knows other encodings. */
function decodeUtf8(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return null;
  }
}
