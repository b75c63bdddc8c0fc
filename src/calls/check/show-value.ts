import { isObject } from '../../openapi/plain-objects.js';

const secretName = /pass(word|phrase|wd)?|secret|token|authorization|credential|api[-_]?key/i;
const maxLength = 60;

/** A value as a sentence shows it: short, and never one that may be a secret by its name or its schema. */
export function showValue(value: unknown, name: string | undefined, schema: unknown): string {
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object' && value !== null) return 'an object';
  const isSecret =
    secretName.test(name ?? '') ||
    (isObject(schema) && (schema.format === 'password' || schema.writeOnly === true));
  if (isSecret && value !== null && typeof value !== 'boolean') return `a ${typeof value}`;
  if (typeof value === 'number') return String(value);
  const text =
    typeof value === 'string' && value.length > maxLength ? value.slice(0, maxLength) : value;
  return `${JSON.stringify(text)}${text === value ? '' : '…'}`;
}
