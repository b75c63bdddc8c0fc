import { isObject } from '../openapi/plain-objects.js';

/** What `parseAnswer` makes of bytes that are no text. */
type BinaryAnswer = { mediaType: string; base64: string };

export function isBinaryAnswer(result: unknown): result is BinaryAnswer {
  return (
    isObject(result) &&
    Object.keys(result).length === 2 &&
    typeof result.mediaType === 'string' &&
    typeof result.base64 === 'string'
  );
}
