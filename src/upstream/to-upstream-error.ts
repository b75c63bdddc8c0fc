import { errors } from 'undici';
import { AppError } from '../errors.js';

/**
 * What a failed exchange means to a caller. An AppError stays as it is, and so does the reason of the caller's own
 * abort; everything else becomes UPSTREAM_TIMEOUT or UPSTREAM_FAILED and names the host, never an address.
 */
export function toUpstreamError(
  error: unknown,
  host: string,
  timeoutMs: number,
  signal: AbortSignal,
): unknown {
  const known = findAppError(error);
  if (known) return known;
  if (signal.aborted && !isTimeout(signal.reason)) return signal.reason;
  const options = { cause: error };
  if (signal.aborted || isTimeout(error)) {
    const message =
      error instanceof errors.ConnectTimeoutError
        ? `"${host}" could not be connected to in time.`
        : `"${host}" did not answer within ${timeoutMs} ms.`;
    return new AppError('UPSTREAM_TIMEOUT', message, { host }, options);
  }
  return new AppError('UPSTREAM_FAILED', `${describe(error, host)}.`, { host }, options);
}

function findAppError(error: unknown): AppError | null {
  if (error instanceof AppError) return error;
  return error instanceof Error && error.cause !== undefined ? findAppError(error.cause) : null;
}

function isTimeout(error: unknown): boolean {
  return (
    (error instanceof DOMException && error.name === 'TimeoutError') ||
    error instanceof errors.ConnectTimeoutError ||
    error instanceof errors.HeadersTimeoutError ||
    error instanceof errors.BodyTimeoutError
  );
}

function describe(error: unknown, host: string): string {
  const code = codeOf(error);
  if (code === 'ECONNREFUSED') return `"${host}" refuses the connection`;
  if (code === 'ECONNRESET' || code === 'EPIPE' || code === 'UND_ERR_SOCKET') {
    return `"${host}" closed the connection before its answer was complete`;
  }
  if (/^(CERT_|ERR_TLS|UNABLE_TO_|DEPTH_ZERO|SELF_SIGNED|ERR_SSL)/.test(code)) {
    return `"${host}" cannot be reached safely: its certificate or TLS is not accepted (${code})`;
  }
  if (/^(Z_|ERR_BROTLI|ERR__ERROR_FORMAT)/.test(code)) {
    return `The answer of "${host}" cannot be decompressed`;
  }
  if (/^(HPE_|UND_ERR_RES)/.test(code)) return `"${host}" does not answer in HTTP`;
  return `"${host}" cannot be reached${code === '' ? '' : ` (${code})`}`;
}

function codeOf(error: unknown): string {
  if (error instanceof AggregateError) return codeOf(error.errors[0]);
  if (error instanceof Error && 'code' in error) return String(error.code);
  return '';
}
