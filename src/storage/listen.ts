import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';

export type ListenHandlers = {
  onMessage(payload: string): void;
  /** From now on every notification arrives; what was sent before is lost. */
  onUp(): void;
  onDown(): void;
};

/** Hears a PostgreSQL channel until disposed: a connection that dies is replaced, with growing pauses between attempts. */
export type Listen = (channel: string, handlers: ListenHandlers) => AsyncDisposable;

const firstPauseMs = 100;
const longestPauseMs = 5000;
const heartbeatMs = 10_000;

export function createListen(url: string): Listen {
  return (channel, handlers) => {
    const ending = new AbortController();
    const done = keepListening(url, { channel, handlers, signal: ending.signal });
    return {
      [Symbol.asyncDispose]: async () => {
        ending.abort();
        await done;
      },
    };
  };
}

type Listening = { channel: string; handlers: ListenHandlers; signal: AbortSignal };

async function keepListening(url: string, listening: Listening): Promise<void> {
  const { signal } = listening;
  for (let pause = firstPauseMs; !signal.aborted; pause = Math.min(2 * pause, longestPauseMs)) {
    const wasUp = await listenOnce(url, listening).catch(() => false);
    if (wasUp) pause = firstPauseMs;
    // Replicas that lost the same server do not come back in step.
    await sleep(pause * (0.5 + Math.random()), null, { signal }).catch(() => {});
  }
}

/** One connection, from its start to its end; true when it was up. */
async function listenOnce(url: string, { channel, handlers, signal }: Listening): Promise<boolean> {
  const client = new Client({
    connectionString: url,
    application_name: 'toolgraph listener',
    connectionTimeoutMillis: heartbeatMs,
    query_timeout: heartbeatMs,
    keepAlive: true,
  });
  const { promise: ended, resolve: end } = Promise.withResolvers<void>();
  client.on('error', () => end());
  client.on('end', () => end());
  client.on('notification', ({ payload }) => handlers.onMessage(payload ?? ''));
  signal.addEventListener('abort', () => end(), { once: true });
  // A connection may be dead without either end having been told.
  const heartbeat = setInterval(() => {
    client.query('select 1').catch(() => end());
  }, heartbeatMs).unref();
  let isUp = false;
  try {
    await client.connect();
    await client.query(`listen ${client.escapeIdentifier(channel)}`);
    isUp = true;
    handlers.onUp();
    await ended;
  } finally {
    clearInterval(heartbeat);
    if (isUp) handlers.onDown();
    // A server that is gone does not answer a goodbye.
    void client.end().catch(() => {});
  }
  return isUp;
}
