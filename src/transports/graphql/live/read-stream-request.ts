import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { AppError } from '../../../errors.js';
import { parseInput } from '../../../lib/parse-input.js';
import type { OperationRequest } from './hand-over.js';

const StreamRequest = z.object({
  query: z.string('expected the text of an operation'),
  operationName: z.string().nullish(),
  variables: z.record(z.string(), z.unknown()).nullish(),
});

/** The operation of a request by GET (in the query) or POST (in the body). Throws INVALID_INPUT. */
export function readStreamRequest({ method, query, body }: FastifyRequest): OperationRequest {
  if (method !== 'GET') return parseInput(StreamRequest, body);
  const { variables, ...asked } = query as Record<string, unknown>;
  return parseInput(StreamRequest, { ...asked, variables: readVariables(variables) });
}

function readVariables(text: unknown): unknown {
  if (typeof text !== 'string' || text === '') return null;
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new AppError('INVALID_INPUT', 'variables: expected JSON, an object.', {}, { cause });
  }
}
