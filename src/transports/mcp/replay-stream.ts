import { setTimeout as sleep } from 'node:timers/promises';
import type { EventLog } from './event-log.js';
import type { EventStream } from './event-stream.js';

export type Replay = {
  log: EventLog;
  sessionId: string;
  streamId: string;
  /** The last event that the caller has. */
  after: string;
  /** When to give up waiting for the end: its process may have died. */
  until: number;
};

const firstPauseMs = 50;
const longestPauseMs = 1_000;

/** Tells again what a stream told after an event, and what it still tells, wherever it is being written. */
export async function replayStream(stream: EventStream, replay: Replay): Promise<void> {
  const { log, sessionId, streamId, until } = replay;
  let { after } = replay;
  for (let pauseMs = firstPauseMs; !stream.signal.aborted; ) {
    const events = await log.readAfter(sessionId, streamId, after);
    for (const { id, text, isLast } of events) {
      stream.send(text, id);
      after = id;
      if (isLast) return;
    }
    await stream.drained();
    if (events.length > 0) pauseMs = firstPauseMs;
    else if (Date.now() > until) return;
    await sleep(pauseMs, null, { signal: stream.signal }).catch(() => {});
    pauseMs = Math.min(longestPauseMs, pauseMs * 1.5);
  }
}
