import type { FastifyRequest } from 'fastify';
import { AtiRefusal } from './ati-errors.js';

/** A path parameter, decoded. */
export function pathText(request: FastifyRequest, name: string): string {
  return (request.params as Record<string, string>)[name] ?? '';
}

/** A query parameter; null where it is missing or empty. Refuses one that is given twice (400, plain text). */
export function queryText(request: FastifyRequest, name: string): string | null {
  const value = (request.query as Record<string, string | string[] | undefined>)[name];
  if (Array.isArray(value)) throw badQuery(`duplicate field \`${name}\``);
  return value || null;
}

/** `true` or `false`; refuses anything else (400, plain text). */
export function queryFlag(request: FastifyRequest, name: string): boolean {
  const value = queryText(request, name);
  if (value === null || value === 'false') return false;
  if (value === 'true') return true;
  throw badQuery(`${name}: expected \`true\` or \`false\``);
}

/** Refuses a request without it (400, plain text). */
export function requireQuery(request: FastifyRequest, name: string): string {
  const value = queryText(request, name);
  if (value === null) throw badQuery(`missing field \`${name}\``);
  return value;
}

function badQuery(problem: string): AtiRefusal {
  const message = `Failed to deserialize query string: ${problem}`;
  return new AtiRefusal(400, message, { isPlain: true });
}
