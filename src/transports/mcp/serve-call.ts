import type { FastifyReply } from 'fastify';
import { isObject } from '../../openapi/plain-objects.js';
import { CallAnswer, type CallAnswerOptions } from './call-answer.js';
import { type CallListening, callTool } from './call-tool.js';
import type { Exchange } from './exchange.js';
import { isLogged } from './log-levels.js';
import type { ToolResult } from './present-result.js';
import { errorText, notificationText, type RequestId, RpcError } from './rpc-message.js';
import { CancelledByCaller, type RunningCalls } from './running-calls.js';

export type CallRequest = { id: RequestId; params: Record<string, unknown> };

export type CallServing = CallAnswerOptions & {
  running: RunningCalls;
  /** The least severe log messages that are sent: null = all, undefined = none. */
  logLevel: string | null | undefined;
  toText(id: RequestId, result: ToolResult): string;
  /** What is told of a failure once there is no HTTP status to tell it by. */
  toRpcError(error: unknown): RpcError;
};

/** Answers `tools/call`. Throws what is to be answered with an HTTP status of its own. */
export async function serveCall(
  reply: FastifyReply,
  exchange: Exchange,
  { id, params }: CallRequest,
  serving: CallServing,
): Promise<void> {
  const { session } = exchange;
  const controller = new AbortController();
  const { signal } = controller;
  const answer = new CallAnswer(reply, serving);
  reply.raw.once('close', () => {
    const isLost = !reply.raw.writableFinished && !answer.isResumable;
    if (isLost) controller.abort(new CancelledByCaller());
  });
  using _running = session ? serving.running.add(session.id, id, controller) : null;
  const listening = { signal, ...listenersOf(params, serving, (text) => answer.notify(text)) };
  try {
    const result = await callTool(exchange, params, listening);
    await answer.finish(signal.aborted ? null : serving.toText(id, result));
  } catch (error) {
    if (signal.aborted) return answer.finish(null);
    const rpcError = error instanceof RpcError && error.status === 200 ? error : null;
    if (rpcError === null && !answer.isOpen) {
      answer.abandon();
      throw error;
    }
    await answer.finish(errorText(id, rpcError ?? serving.toRpcError(error)));
  }
}

/** What the caller asked to be told while the call runs. */
function listenersOf(
  { _meta: meta }: Record<string, unknown>,
  { logLevel }: Pick<CallServing, 'logLevel'>,
  send: (text: string) => void,
): Pick<CallListening, 'onProgress' | 'onLog'> {
  const token = isObject(meta) ? meta.progressToken : undefined;
  const isToken = typeof token === 'string' || typeof token === 'number';
  return {
    onProgress: isToken
      ? (progress) =>
          send(notificationText('notifications/progress', { progressToken: token, ...progress }))
      : undefined,
    onLog:
      logLevel === undefined
        ? undefined
        : (message) => {
            if (!isLogged(message.level, logLevel)) return;
            send(notificationText('notifications/message', { ...message }));
          },
  };
}
