import type { ServerResponse } from 'node:http';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Context } from '../../../context.js';
import { AppError } from '../../../errors.js';
import { onExpiry, refuseExpired, refuseForeignOrigin } from './authorize.js';
import { EventStream } from './event-stream.js';
import type { OperationRequest } from './hand-over.js';
import { LiveOperation } from './live-operation.js';
import { OperationError } from './operation-error.js';
import { readStreamRequest } from './read-stream-request.js';
import type { SessionParts } from './socket-session.js';
import { tellOperation } from './tell-operation.js';

export type EventStreams = {
  serve(request: FastifyRequest, reply: FastifyReply): Promise<void>;
  /** Ends all. */
  close(): Promise<void>;
};

const headers = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-cache, no-transform',
  // A connection that is kept would hold a stopping server until somebody uses it again.
  connection: 'close',
  // Asks nginx not to collect what it passes on.
  'x-accel-buffering': 'no',
};

/** GraphQL over server-sent events: PROTOCOL.md of graphql-sse, "Distinct connections mode". */
export function serveEventStreams(parts: Omit<SessionParts, 'initTimeoutMs'>): EventStreams {
  const open = new Set<EventStream>();
  let isClosing = false;
  return {
    serve: async (request, reply) => {
      const ctx = await parts.contextFor(request);
      refuseForeignOrigin(ctx.actor, request.headers);
      refuseExpired(ctx);
      const asked = readStreamRequest(request);
      using _connection = parts.connections.take(ctx.actor);
      const { raw } = openReply(reply);
      const stream = new EventStream(raw, parts.pingMs);
      open.add(stream);
      raw.on('close', () => open.delete(stream));
      if (isClosing) return stream.end();
      await tell(stream, asked, { ...parts, ctx, isByGet: request.method === 'GET' });
    },
    close: async () => {
      isClosing = true;
      for (const stream of open) stream.end();
    },
  };
}

function openReply(reply: FastifyReply): { raw: ServerResponse } {
  reply.hijack();
  const { raw } = reply;
  raw.socket?.setNoDelay(true);
  raw.writeHead(200, headers);
  return { raw };
}

type Asking = Omit<SessionParts, 'initTimeoutMs'> & { ctx: Context; isByGet: boolean };

async function tell(
  stream: EventStream,
  asked: OperationRequest,
  { ctx, isByGet, format, ...parts }: Asking,
): Promise<void> {
  const operation = new LiveOperation();
  stream.onEnd(() => operation.end());
  using _expiry = onExpiry(ctx, () => {
    const expired = new AppError('UNAUTHENTICATED', 'The token has expired.');
    stream.next(JSON.stringify({ errors: [format(expired, ctx)] }));
    stream.complete();
  });
  const refuses = isByGet ? ('mutation' as const) : undefined;
  try {
    await tellOperation(operation, asked, { ...parts, ctx, refuses, outlet: stream });
  } catch (error) {
    const errors = error instanceof OperationError ? error.errors : [format(error, ctx)];
    stream.next(JSON.stringify({ errors }));
  }
  stream.complete();
}
