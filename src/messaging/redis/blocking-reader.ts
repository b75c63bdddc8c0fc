import { setTimeout as sleep } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import { ask, connectBlocking, discard } from './redis-client.js';

/** What the answer to a read may take longer than it blocks, before its connection counts as dead. */
const patienceMs = 5000;
/** For a connection to be made: several answers, on a slow network. */
const connectMs = 10_000;
/** How long an aborted read may take to give back what was delivered to it in that moment. */
const unblockMs = 2000;

/** Reads that block, one at a time, on a connection of their own; one that failed is thrown away. */
export type BlockingReader = AsyncDisposable & {
  /** The raw answer; null where there is none, or on abort. Throws UPSTREAM_FAILED. */
  read(
    command: string,
    args: (string | number)[],
    options: { blockMs: number; signal: AbortSignal },
  ): Promise<unknown>;
};

type Connection = { client: Redis; id: unknown };

/** `commands` is another connection: it wakes a read that is aborted. */
export function createBlockingReader(url: string, commands: Redis): BlockingReader {
  let connection: Connection | null = null;

  async function connect(signal: AbortSignal): Promise<Connection> {
    const client = connectBlocking(url);
    // A server that hangs lets connections in and greets nobody.
    const giveUp = () => discard(client);
    const timer = setTimeout(giveUp, connectMs);
    signal.addEventListener('abort', giveUp);
    try {
      return { client, id: await ask(client, 'CLIENT', ['ID']) };
    } catch (error) {
      discard(client);
      throw error;
    } finally {
      clearTimeout(timer);
      signal.removeEventListener('abort', giveUp);
    }
  }

  function drop(): void {
    if (connection) discard(connection.client);
    connection = null;
  }

  /** What still arrives, if it does soon. */
  async function wake({ id }: Connection, answer: Promise<unknown>): Promise<unknown> {
    void ask(commands, 'CLIENT', ['UNBLOCK', String(id)]).catch(() => {});
    const arrived = await Promise.race([answer, sleep(unblockMs, undefined)]);
    if (arrived === undefined) drop();
    return arrived ?? null;
  }

  return {
    read: async (command, args, { blockMs, signal }) => {
      if (signal.aborted) return null;
      try {
        connection ??= await connect(signal);
      } catch (error) {
        if (signal.aborted) return null;
        throw error;
      }
      const reading = connection;
      const answer = ask(reading.client, command, args);
      const cut = cutOff(blockMs + patienceMs, signal);
      try {
        const first = await Promise.race([answer, cut.ended]);
        if (first !== 'aborted' && first !== 'late') return first;
        if (first === 'aborted') return await wake(reading, answer);
        answer.catch(() => {});
        drop();
        return null;
      } catch (error) {
        // Redis may have answered with an error; then the connection is as good as it was, and a new one costs little.
        drop();
        throw error;
      } finally {
        cut.clear();
      }
    },
    [Symbol.asyncDispose]: async () => drop(),
  };
}

function cutOff(ms: number, signal: AbortSignal) {
  const { promise, resolve } = Promise.withResolvers<'aborted' | 'late'>();
  const stop = () => resolve('aborted');
  const timer = setTimeout(() => resolve('late'), ms);
  signal.addEventListener('abort', stop);
  if (signal.aborted) stop();
  return {
    ended: promise,
    clear: () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', stop);
    },
  };
}
