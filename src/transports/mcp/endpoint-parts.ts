import type { Clock } from '../../context.js';
import { CallerLimits } from './caller-limits.js';
import { createEventLog, type EventLog } from './event-log.js';
import type { EventStream } from './event-stream.js';
import type { McpDeps } from './mcp-deps.js';
import { createReplicaSignals } from './replica-signals.js';
import { createRunningCalls, type RunningCalls } from './running-calls.js';
import { createSessionStore, type SessionStore } from './session-store.js';
import { startSessionSweeper } from './sweep-sessions.js';

/** What requests of one process share. */
export type EndpointParts = AsyncDisposable & {
  deps: McpDeps;
  sessions: SessionStore;
  running: RunningCalls;
  log: EventLog;
  limits: CallerLimits;
  /** Streams that stay open, by what ends them early. */
  streams: OpenStreams;
};

const clock: Clock = { now: () => new Date() };

export function createEndpointParts(deps: McpDeps): EndpointParts {
  const { storage, logger, live } = deps;
  const stack = new AsyncDisposableStack();
  const signals = stack.use(createReplicaSignals(storage, logger));
  stack.use(startSessionSweeper({ storage, clock, logger }));
  const streams = new OpenStreams();
  signals.on(({ ended }) => {
    if (ended !== undefined) streams.endOf(ended);
  });
  return {
    deps,
    sessions: createSessionStore({ storage, clock, signals }),
    running: createRunningCalls(signals),
    log: createEventLog({ storage, clock }),
    limits: new CallerLimits(live.maxConnections, (by) =>
      deps.metrics?.liveChanged('connections', by),
    ),
    streams,
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

type Endable = Pick<EventStream, 'end' | 'signal'>;

/** Streams that are open in this process. Each session has one that tells of changes: a new one takes its place. */
export class OpenStreams {
  private readonly all = new Set<Endable>();
  private readonly ofSessions = new Map<string, Endable>();
  private isClosing = false;

  add(stream: Endable, sessionId: string | null): void {
    if (sessionId !== null) {
      this.ofSessions.get(sessionId)?.end();
      this.ofSessions.set(sessionId, stream);
    }
    this.all.add(stream);
    stream.signal.addEventListener('abort', () => {
      this.all.delete(stream);
      if (sessionId !== null && this.ofSessions.get(sessionId) === stream) {
        this.ofSessions.delete(sessionId);
      }
    });
    if (this.isClosing) stream.end();
  }

  endOf(sessionId: string): void {
    this.ofSessions.get(sessionId)?.end();
  }

  /** Ends all, and those that come later: callers go on at another replica. */
  close(): void {
    this.isClosing = true;
    for (const stream of this.all) stream.end();
  }
}
