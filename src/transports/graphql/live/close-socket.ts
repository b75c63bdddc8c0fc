import { CloseCode } from 'graphql-ws';
import type { WebSocket } from 'ws';
import { AppError, type ErrorCode } from '../../../errors.js';

/** RFC 6455, section 7.4.1, and the registry of close codes that it founds. */
export const goingAway = 1001;
const tryAgainLater = 1013;
const maxReasonBytes = 123;

/** PROTOCOL.md of graphql-transport-ws, "ConnectionInit": who is not let in is told 4403. */
const closeCodes: Partial<Record<ErrorCode, number>> = {
  UNAUTHENTICATED: CloseCode.Forbidden,
  FORBIDDEN: CloseCode.Forbidden,
  INVALID_INPUT: CloseCode.BadRequest,
  LIMIT_EXCEEDED: tryAgainLater,
  UPSTREAM_FAILED: tryAgainLater,
  UPSTREAM_TIMEOUT: tryAgainLater,
};

/** The reason is cut where the protocol allows no more. */
export function closeSocket(socket: WebSocket, code: number, reason: string): void {
  if (socket.readyState === socket.OPEN) socket.close(code, cut(reason));
}

/** Says why somebody is not let in; true unless nobody foresaw it. */
export function closeRefused(socket: WebSocket, error: unknown, requestId: string): boolean {
  const code = error instanceof AppError ? closeCodes[error.code] : undefined;
  if (error instanceof AppError && code !== undefined) {
    closeSocket(socket, code, error.message);
    return true;
  }
  closeSocket(socket, CloseCode.InternalServerError, `Internal error (request ${requestId})`);
  return false;
}

function cut(reason: string): string {
  const bytes = Buffer.from(reason);
  if (bytes.length <= maxReasonBytes) return reason;
  // A character that is cut in two becomes U+FFFD, which has three bytes.
  return `${new TextDecoder().decode(bytes.subarray(0, maxReasonBytes - 6), { stream: true })}…`;
}
