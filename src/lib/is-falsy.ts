/** Whether Python takes a decoded value for nothing. */
export function isFalsy(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return !value;
  if (value instanceof Uint8Array) return value.byteLength === 0;
  return Object.keys(value).length === 0;
}
