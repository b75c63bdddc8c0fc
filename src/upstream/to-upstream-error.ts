import { errors } from 'undici';
import { AppError } from '../errors.js';

/** How far an exchange came: nothing sent, waiting for the answer, reading it. */
export type Phase = 'connect' | 'headers' | 'body';

export type FailedExchange = {
  host: string;
  phase: Phase;
  signal: AbortSignal;
  limits: { timeoutMs: number; headersTimeoutMs: number; bodyTimeoutMs: number };
};

/**
 * What a failed exchange means to a caller. An AppError stays as it is, and so does the reason of the caller's own
 * abort; everything else becomes UPSTREAM_TIMEOUT (with `details.phase`) or UPSTREAM_FAILED and names the host, never
 * an address. `details.isConnectionLost` is true where another connection may do better.
 */
export function toUpstreamError(error: unknown, exchange: FailedExchange): unknown {
  const known = findAppError(error);
  if (known) return known;
  const { host, signal } = exchange;
  if (signal.aborted && !isTimeout(signal.reason)) return signal.reason;
  if (signal.aborted || isTimeout(error)) return toTimeout(error, exchange);
  const failure = describe(error, host);
  const details = { host, ...(failure.isConnectionLost && { isConnectionLost: true }) };
  return new AppError('UPSTREAM_FAILED', `${failure.what}.`, details, { cause: error });
}

function toTimeout(cause: unknown, { host, phase, signal, limits }: FailedExchange): AppError {
  const { timeoutMs, headersTimeoutMs, bodyTimeoutMs } = limits;
  const isOver = signal.aborted;
  const sentences: Record<Phase, string> = {
    connect: `"${host}" could not be connected to in time.`,
    headers: `"${host}" did not answer within ${isOver ? timeoutMs : headersTimeoutMs} ms.`,
    body: isOver
      ? `"${host}" did not finish its answer within ${timeoutMs} ms.`
      : `"${host}" paused its answer for more than ${bodyTimeoutMs} ms.`,
  };
  const isConnectionLost = phase === 'connect';
  const details = { host, phase, ...(isConnectionLost && { isConnectionLost }) };
  return new AppError('UPSTREAM_TIMEOUT', sentences[phase], details, { cause });
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

/** `isConnectionLost`: another connection may do better. */
type Failure = { what: string; isConnectionLost: boolean };

function describe(error: unknown, host: string): Failure {
  const code = codeOf(error);
  const lost = (what: string) => ({ what, isConnectionLost: true });
  const wrong = (what: string) => ({ what, isConnectionLost: false });
  if (code === 'ECONNREFUSED') return lost(`"${host}" refuses the connection`);
  if (code === 'ECONNRESET' || code === 'EPIPE' || code === 'UND_ERR_SOCKET') {
    return lost(`"${host}" closed the connection before its answer was complete`);
  }
  if (/^(CERT_|ERR_TLS|UNABLE_TO_|DEPTH_ZERO|SELF_SIGNED|ERR_SSL)/.test(code)) {
    return wrong(
      `"${host}" cannot be reached safely: its certificate or TLS is not accepted (${code})`,
    );
  }
  if (/^(Z_|ERR_BROTLI|ERR__ERROR_FORMAT)/.test(code)) {
    return wrong(`The answer of "${host}" cannot be decompressed`);
  }
  if (code === 'UND_ERR_HEADERS_OVERFLOW' || code === 'HPE_HEADER_OVERFLOW') {
    return wrong(`"${host}" answers with more headers than are taken`);
  }
  if (/^(HPE_|UND_ERR_RES)/.test(code)) return wrong(`"${host}" does not answer in HTTP`);
  return lost(`"${host}" cannot be reached${code === '' ? '' : ` (${code})`}`);
}

function codeOf(error: unknown): string {
  if (error instanceof AggregateError) return codeOf(error.errors[0]);
  // The parser leaves out the code of some of its errors.
  if (error instanceof errors.HTTPParserError) return error.code ?? 'HPE_UNKNOWN';
  if (error instanceof Error && 'code' in error && error.code !== undefined) {
    return String(error.code);
  }
  return '';
}
