const objectBytes = 32;
const memberBytes = 16;
const stringBytes = 24;

/**
 * Freezes a value of plain objects, arrays, texts, numbers and functions for good, all the way down, and estimates the
 * memory that it takes, in bytes. Bytes of a Buffer stay as they are.
 */
export function freezeAndMeasure(value: unknown): number {
  if (typeof value === 'string') return stringBytes + value.length;
  if (typeof value !== 'object' || value === null) return 0;
  if (ArrayBuffer.isView(value)) return objectBytes + value.byteLength;
  let bytes = objectBytes;
  for (const key in value) {
    bytes += memberBytes + freezeAndMeasure((value as Record<string, unknown>)[key]);
  }
  Object.freeze(value);
  return bytes;
}
