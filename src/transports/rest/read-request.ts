import type { FastifyRequest } from 'fastify';
import { AppError } from '../../errors.js';
import { invalid } from './refusals.js';

/**
 * Types what came over the wire as a verb's input. Safe because every verb parses its input with its schema before it
 * looks at it.
 */
export function untrusted<Input>(raw: Record<string, unknown>): Input {
  return raw as Input;
}

/** A path parameter of the route's own pattern. */
export function pathText(request: FastifyRequest, name: string): string {
  return (request.params as Record<string, string>)[name] ?? '';
}

/** A query parameter; an empty one counts as not given. */
export function queryText(request: FastifyRequest, name: string): string | null {
  const value = (request.query as Record<string, string | string[] | undefined>)[name];
  if (Array.isArray(value)) {
    throw invalid(['query', name], 'expected once, but it is given several times', 'duplicate');
  }
  return value || null;
}

/** The API that `x-apiId` names, or null. */
export function findApiId(request: FastifyRequest): string | null {
  const value = request.headers['x-apiid'];
  return (Array.isArray(value) ? value.join(', ') : value)?.trim() || null;
}

/** Throws INVALID_INPUT (400) when `x-apiId` is missing. */
export function requireApiId(request: FastifyRequest): string {
  const apiId = findApiId(request);
  if (apiId === null) {
    throw new AppError('INVALID_INPUT', 'The header x-apiId is missing: it names the API.', {
      header: 'x-apiId',
    });
  }
  return apiId;
}

/** The JSON object of a small body. Throws INVALID_INPUT (422) saying where it stops being JSON. */
export function readJsonObject(request: FastifyRequest): Record<string, unknown> {
  const text = Buffer.isBuffer(request.body) ? request.body.toString('utf8') : '';
  if (text.trim() === '')
    throw invalid(['body'], 'expected a JSON object, but the body is empty', 'missing');
  const value = parseJson(text);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw invalid(['body'], 'expected a JSON object', 'model_attributes_type');
  }
  return value as Record<string, unknown>;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const position = Number(/position (\d+)/.exec(reason)?.[1] ?? text.length);
    throw invalid(['body', position], `The body is not valid JSON: ${reason}.`, 'json_invalid');
  }
}
