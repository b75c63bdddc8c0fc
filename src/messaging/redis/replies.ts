import { AppError } from '../../errors.js';

/** Readers of what Redis answers; throw UPSTREAM_FAILED where it is of another shape. */

export function asList(value: unknown): unknown[] {
  if (Array.isArray(value)) return value;
  throw unexpected(value);
}

export function asText(value: unknown): string {
  return asBytes(value).toString();
}

export function asBytes(value: unknown): Buffer {
  if (Buffer.isBuffer(value)) return value;
  throw unexpected(value);
}

export function asNumber(value: unknown): number {
  if (typeof value === 'number') return value;
  const number = Number(asText(value));
  if (Number.isFinite(number)) return number;
  throw unexpected(value);
}

/** `[name, value, name, value …]` as a map. */
export function asFields(value: unknown): Map<string, Buffer> {
  const flat = asList(value);
  const fields = new Map<string, Buffer>();
  for (let index = 0; index + 1 < flat.length; index += 2) {
    fields.set(asText(flat[index]), asBytes(flat[index + 1]));
  }
  return fields;
}

/** `[id, fields]` */
export function asEntry(value: unknown): { id: string; fields: Map<string, Buffer> } {
  const [id, fields] = asList(value);
  return { id: asText(id), fields: asFields(fields) };
}

function unexpected(value: unknown): AppError {
  const shape = value === null ? 'null' : Array.isArray(value) ? 'a list' : typeof value;
  return new AppError('UPSTREAM_FAILED', `Redis answered ${shape} where something else is due.`);
}
