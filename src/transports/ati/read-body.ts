import { isUtf8 } from 'node:buffer';
import type { FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { AtiRefusal } from './ati-errors.js';

/**
 * The JSON of a body. Refuses in plain text: 415 for another content type, 400 for what is no JSON.
 */
export function readJson(request: FastifyRequest): unknown {
  const type = (request.headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
  if (!/^application\/(?:[\w.+-]+\+)?json$/.test(type)) {
    throw refusal(415, 'Expected request with `Content-Type: application/json`');
  }
  const parsed = parseJson(request.body);
  if ('problem' in parsed) {
    throw refusal(400, `Failed to parse the request body as JSON: ${parsed.problem}`);
  }
  return parsed.value;
}

/** As `readJson`, of a shape; 422 in plain text for another. */
export function readShaped<S extends z.ZodType>(request: FastifyRequest, schema: S): z.output<S> {
  const parsed = schema.safeParse(readJson(request));
  if (parsed.success) return parsed.data;
  throw refusal(422, `The JSON body has another shape than expected: ${explain(parsed.error)}`);
}

/** Where a value is not what a schema has, as a sentence. */
export function explain({ issues }: z.ZodError): string {
  return issues
    .slice(0, 5)
    .map(({ path, message }) => (path.length > 0 ? `${path.join('.')}: ${message}` : message))
    .join('; ');
}

export function parseJson(body: unknown): { value: unknown } | { problem: string } {
  if (!Buffer.isBuffer(body) || body.length === 0) return { problem: 'the body is empty' };
  if (!isUtf8(body)) return { problem: 'the body is not valid UTF-8' };
  try {
    return { value: JSON.parse(body.toString('utf8')) };
  } catch (error) {
    return { problem: (error instanceof Error ? error.message : String(error)).slice(0, 200) };
  }
}

function refusal(status: number, message: string): AtiRefusal {
  return new AtiRefusal(status, message, { isPlain: true });
}
