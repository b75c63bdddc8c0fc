import { AppError } from '../../errors.js';

const utf8 = new TextDecoder('utf-8', { fatal: true });

/**
 * A request body as JSON, in UTF-8 (RFC 8259, 8.1). `__proto__` and `constructor` are names like any other (`JSON.parse` makes them own properties,
 * and nothing here assigns by name), since documents under `variables` may hold them. Throws INVALID_INPUT.
 */
export function readJsonBody(body: Buffer): unknown {
  const text = decode(body);
  try {
    return JSON.parse(text);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : 'unreadable';
    throw new AppError(
      'INVALID_INPUT',
      `The request body is not JSON: ${reason}. Expected {"query": …, "variables": …}.`,
      {},
      { cause },
    );
  }
}

function decode(body: Buffer): string {
  try {
    return utf8.decode(body);
  } catch (cause) {
    throw new AppError(
      'INVALID_INPUT',
      'The request body is not text in UTF-8, which JSON is sent in.',
      {},
      { cause },
    );
  }
}
