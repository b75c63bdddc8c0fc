import { AppError } from '../../errors.js';
import type { Logger } from '../../logger.js';
import { httpStatusOf } from '../error-table.js';
import type { AtiAnswer, ErrorShape } from './ati-route.js';

/** What is wrong with a request before any verb saw it. `isPlain`: told as plain text, as the protocol has it there. */
export class AtiRefusal extends Error {
  constructor(
    readonly status: number,
    message: string,
    readonly options: { isPlain?: boolean; headers?: Record<string, string> } = {},
  ) {
    super(message);
  }
}

/** Any failure as the route's answer; one that nobody expected is logged, and told by the request id only. */
export function toFailure(
  error: unknown,
  shape: ErrorShape,
  { logger, requestId }: { logger: Logger; requestId: string },
): AtiAnswer {
  if (error instanceof AtiRefusal) {
    const { isPlain, headers = {} } = error.options;
    return isPlain
      ? plain(error.status, error.message)
      : { status: error.status, headers, body: bodyOf(shape, error.message) };
  }
  if (error instanceof AppError && error.code !== 'INTERNAL') return ofAppError(error, shape);
  const refusal = ofFramework(error, shape);
  if (refusal) return { status: refusal.status, body: bodyOf(shape, refusal.message) };
  logger.error({ err: error, requestId }, 'the ATI proxy failed');
  return { status: 500, body: bodyOf(shape, `Internal error (request ${requestId}).`) };
}

function ofAppError(error: AppError, shape: ErrorShape): AtiAnswer {
  const found = httpStatusOf(error);
  const { retryAfterSeconds } = error.details;
  const headers: Record<string, string> =
    found === 429 ? { 'retry-after': String(retryAfterSeconds) } : {};
  return { status: statusOf(error, { shape, found }), headers, body: bodyOf(shape, error.message) };
}

/** The upstream's own status where a file was asked for; every other failure of an upstream is a bad gateway. */
function statusOf(
  { code, details }: AppError,
  { shape, found }: { shape: ErrorShape; found: number },
): number {
  if (code !== 'UPSTREAM_FAILED' && code !== 'UPSTREAM_TIMEOUT') return found;
  if (shape !== 'call') return 502;
  const { status } = details;
  return typeof status === 'number' && status >= 400 && status < 600 ? status : 502;
}

export function bodyOf(shape: ErrorShape, message: string): unknown {
  if (shape === 'call') return { result: null, error: message };
  if (shape === 'help') return { content: '', error: message };
  return { error: message };
}

function plain(status: number, message: string): AtiAnswer {
  return { status, headers: { 'content-type': 'text/plain; charset=utf-8' }, body: message };
}

const tooLarge = 'FST_ERR_CTP_BODY_TOO_LARGE';

/** Failures of a request that Fastify finds before a route runs; null for anything else. */
function ofFramework(
  error: unknown,
  shape: ErrorShape,
): { status: number; message: string } | null {
  if (!(error instanceof Error) || !('statusCode' in error)) return null;
  const { statusCode, message } = error;
  if (typeof statusCode !== 'number' || statusCode < 400 || statusCode >= 500) return null;
  const isTooLarge = 'code' in error && error.code === tooLarge;
  const sentence = isTooLarge ? 'The body is larger than this server takes.' : message;
  if (shape !== 'call') return { status: statusCode, message: sentence };
  return { status: 400, message: `Failed to read request body: ${sentence}` };
}
