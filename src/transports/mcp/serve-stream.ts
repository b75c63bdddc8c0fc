import type { FastifyReply, FastifyRequest } from 'fastify';
import { listChanged, revisionOfEvent, tellChanges, toEventId } from './change-stream.js';
import { endAtExpiry } from './end-at-expiry.js';
import type { EndpointParts } from './endpoint-parts.js';
import { EventStream } from './event-stream.js';
import type { Exchange } from './exchange.js';
import { replayStream } from './replay-stream.js';
import { RpcError, rpcCodes } from './rpc-message.js';
import { takesEmptyEvents } from './server-info.js';
import type { EndpointSession } from './session-store.js';

/** How long after its beginning the rest of an answer may be waited for. */
const longestCallMs = 15 * 60 * 1000;
const touchMs = 10 * 60 * 1000;

/** Answers GET: the stream that tells of changes, or with `Last-Event-ID` the rest of a stream that was lost. */
export async function serveStream(
  request: FastifyRequest,
  reply: FastifyReply,
  exchange: Exchange & { session: EndpointSession },
  parts: EndpointParts,
): Promise<void> {
  const lastEventId = request.headers['last-event-id'];
  if (typeof lastEventId !== 'string' || lastEventId === '') {
    return serveChanges(reply, exchange, null, parts);
  }
  const revision = revisionOfEvent(lastEventId);
  if (revision !== null) return serveChanges(reply, exchange, revision, parts);
  const found = await parts.log.findStream(exchange.session.id, lastEventId);
  if (!found) {
    const message = 'Last-Event-ID names no event of this session, or one that is kept no longer.';
    throw new RpcError(rpcCodes.invalidRequest, message, { status: 400 });
  }
  using _held = parts.limits.take(exchange.ctx.actor);
  const stream = open(reply, exchange, null, parts);
  const { streamId, at } = found;
  const until = at.getTime() + longestCallMs;
  const sessionId = exchange.session.id;
  await replayStream(stream, { log: parts.log, sessionId, streamId, after: lastEventId, until });
  stream.end();
}

async function serveChanges(
  reply: FastifyReply,
  exchange: Exchange & { session: EndpointSession },
  after: string | null,
  parts: EndpointParts,
): Promise<void> {
  const { ctx, agentId, session } = exchange;
  using _held = parts.limits.take(ctx.actor);
  const from = after ?? (await ctx.feed.revisionOf(ctx.actor.tenant));
  const stream = open(reply, exchange, session.id, parts);
  if (after === null && takesEmptyEvents(session.protocolVersion)) stream.send('', toEventId(from));
  const touching = setInterval(async () => {
    const still = await parts.sessions.find(ctx.actor, agentId, session.id).catch(() => session);
    if (!still) stream.end();
  }, touchMs).unref();
  stream.signal.addEventListener('abort', () => clearInterval(touching));
  await tellChanges(
    ctx,
    { agentId, after: from },
    {
      changed: (revision) => stream.send(listChanged, toEventId(revision)),
      drained: () => stream.drained(),
      signal: stream.signal,
    },
  ).catch((err: unknown) => {
    parts.deps.logger.error({ err, requestId: ctx.requestId }, 'MCP changes could not be told');
  });
  stream.end();
}

function open(
  reply: FastifyReply,
  { ctx, session }: Exchange & { session: EndpointSession },
  sessionId: string | null,
  { deps, streams }: EndpointParts,
): EventStream {
  const headers = { 'mcp-session-id': session.id };
  const stream = new EventStream(reply, { pingMs: deps.live.pingMs, headers });
  streams.add(stream, sessionId);
  endAtExpiry(ctx, stream.signal, () => stream.end());
  return stream;
}
