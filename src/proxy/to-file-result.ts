import { isObject } from '../openapi/plain-objects.js';

/**
 * An answer as a file that the client writes where its caller asked for it: the `outputs` of the protocol. The path is
 * the caller's own, never the upstream's.
 */
export function toFileResult(result: unknown, path: string): unknown {
  const { bytes, contentType } = toBytes(result);
  return {
    outputs: {
      [path]: {
        content_base64: bytes.toString('base64'),
        size_bytes: bytes.byteLength,
        content_type: contentType,
      },
    },
  };
}

function toBytes(result: unknown): { bytes: Buffer; contentType: string } {
  if (typeof result === 'string') return { bytes: Buffer.from(result), contentType: 'text/plain' };
  if (isObject(result)) {
    const { mediaType, base64, mimeType, data } = result;
    if (typeof mediaType === 'string' && typeof base64 === 'string') {
      return { bytes: Buffer.from(base64, 'base64'), contentType: mediaType };
    }
    if (typeof mimeType === 'string' && typeof data === 'string') {
      return { bytes: Buffer.from(data, 'base64'), contentType: mimeType };
    }
  }
  return {
    bytes: Buffer.from(`${JSON.stringify(result ?? null, null, 2)}\n`),
    contentType: 'application/json',
  };
}
