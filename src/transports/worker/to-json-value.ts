import { Buffer } from 'node:buffer';
import { setOwn } from '../../openapi/plain-objects.js';

/** A value that JSON cannot say. The message tells where it lies and what was expected. */
export class UnfitValue extends Error {
  override readonly name = 'UnfitValue';
}

/**
 * Decoded msgpack members as the JSON values that calls take: bytes become base64, 64-bit integers numbers. Throws
 * UnfitValue for integers that a number cannot keep, and for NaN and infinities: they would arrive as something else.
 * The members must not be deep. `path` is where they lie.
 */
export function toJsonMembers(value: object, path: readonly string[]): Record<string, unknown> {
  const members: Record<string, unknown> = {};
  for (const [key, part] of Object.entries(value))
    setOwn(members, key, toJsonValue(part, [...path, key]));
  return members;
}

function toJsonValue(value: unknown, path: readonly string[]): unknown {
  if (typeof value === 'bigint') {
    const number = Number(value);
    if (Number.isSafeInteger(number)) return number;
    throw new UnfitValue(
      `${path.join('.')}: ${value} is beyond what a JSON number keeps: send it as a text`,
    );
  }
  if (typeof value === 'number' && !Number.isFinite(value))
    throw new UnfitValue(`${path.join('.')}: ${value} is no JSON number`);
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
  if (Array.isArray(value))
    return value.map((part, index) => toJsonValue(part, [...path, `${index}`]));
  return typeof value === 'object' && value !== null ? toJsonMembers(value, path) : value;
}
