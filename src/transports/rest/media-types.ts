import type { FastifyRequest } from 'fastify';
import { HttpRefusal } from './refusals.js';
import type { RestBody } from './rest-deps.js';

const json = /^application\/(?:json|[\w.+-]+\+json)$/;
const document =
  /^(?:application\/(?:json|yaml|x-yaml|vnd\.oai\.openapi|[\w.+-]+\+(?:json|yaml)|octet-stream)|text\/(?:plain|yaml|x-yaml|vnd\.yaml))$/;

const taken: Record<Exclude<RestBody, 'none'>, { pattern: RegExp; names: string }> = {
  json: { pattern: json, names: 'application/json' },
  document: {
    pattern: document,
    names: 'application/json, application/yaml, text/yaml or text/plain',
  },
  file: { pattern: /^multipart\/form-data$/, names: 'multipart/form-data' },
};

/** Lower case, without parameters; null when the request does not say. */
export function mediaTypeOf(request: FastifyRequest): string | null {
  return request.headers['content-type']?.split(';')[0]?.trim().toLowerCase() || null;
}

/** Throws 415 naming what the route takes. A body without a Content-Type is read as what the route takes (RFC 9110 section 8.3). */
export function requireMediaType(request: FastifyRequest, body: RestBody): void {
  if (body === 'none') return;
  const coding = request.headers['content-encoding'] ?? 'identity';
  if (coding !== 'identity') {
    throw new HttpRefusal(
      415,
      `A body with the Content-Encoding "${coding}" is not taken: send it as it is.`,
      { 'accept-encoding': 'identity' },
    );
  }
  const mediaType = mediaTypeOf(request);
  if (mediaType === null && body !== 'file') return;
  const { pattern, names } = taken[body];
  if (mediaType !== null && pattern.test(mediaType)) return;
  const sent = mediaType === null ? 'no Content-Type' : `"${mediaType}"`;
  throw new HttpRefusal(415, `The request has ${sent}, but this route takes ${names}.`);
}
