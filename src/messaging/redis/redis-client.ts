import { Redis, type RedisOptions } from 'ioredis';
import { AppError } from '../../errors.js';
import type { Logger } from '../../logger.js';

/** A command that gets no answer for this long has failed, whatever became of it. */
const commandTimeoutMs = 5000;
/** A connection on which commands wait and nothing comes for this long is dead. */
const silenceMs = 8000;
const longestPauseMs = 1000;

export type CommandValue = string | Buffer | number;

const shared: RedisOptions = {
  // Replies of the same shape from every server, and cheaper to read.
  protocol: 2,
  connectTimeout: 5000,
  lazyConnect: true,
  disableClientInfo: true,
};

/** The connection for commands. It reconnects by itself; what waits meanwhile fails after a while. */
export function connectCommands(url: string, logger: Logger): Redis {
  const client = new Redis(url, {
    ...shared,
    commandTimeout: commandTimeoutMs,
    socketTimeout: silenceMs,
    maxRetriesPerRequest: 5,
    retryStrategy: pauseBefore,
    // After a failover the same address may answer for the new primary.
    reconnectOnError: (error) => error.message.startsWith('READONLY'),
  });
  return withLog(client, logger);
}

/** A connection that hears channels, and all of them again after it was lost. */
export function connectSubscriber(url: string, logger: Logger): Redis {
  const client = new Redis(url, {
    ...shared,
    socketTimeout: silenceMs,
    maxRetriesPerRequest: null,
    retryStrategy: pauseBefore,
    autoResubscribe: true,
  });
  return withLog(client, logger);
}

/**
 * A connection for commands that block. It never reconnects: what waits on it when it is lost fails, and the next one
 * gets a new connection.
 */
export function connectBlocking(url: string): Redis {
  const client = new Redis(url, {
    ...shared,
    maxRetriesPerRequest: 0,
    retryStrategy: () => null,
  });
  // Whoever waits on it hears of it; without a listener it would be printed.
  client.on('error', () => {});
  return client;
}

/** Closes without waiting, also where the other side does not answer. */
export function discard(client: Redis): void {
  client.disconnect();
  client.stream?.destroy();
}

/** What Redis or the way to it failed at, as an UPSTREAM_FAILED that may be tried again. */
export function toRedisError(error: unknown): AppError {
  if (error instanceof AppError) return error;
  const reason = error instanceof Error ? error.message : String(error);
  return new AppError('UPSTREAM_FAILED', `Redis: ${reason}`, {}, { cause: error });
}

/** Sends one command; replies are bytes, numbers, null and lists of them. Rejects with what Redis or the client says. */
export function send(client: Redis, command: string, args: CommandValue[]): Promise<unknown> {
  gather(client);
  return client.callBuffer(command, args);
}

/** As `send`, and throws UPSTREAM_FAILED. */
export async function ask(client: Redis, command: string, args: CommandValue[]): Promise<unknown> {
  try {
    return await send(client, command, args);
  } catch (error) {
    throw toRedisError(error);
  }
}

const gathering = new WeakSet<object>();

/** What is sent from one turn of the event loop goes out in one piece: half the time of a command is its writing. */
function gather({ stream }: Redis): void {
  if (!stream || gathering.has(stream)) return;
  gathering.add(stream);
  stream.cork();
  setImmediate(() => {
    gathering.delete(stream);
    stream.uncork();
  });
}

/** Replicas that lost the same server do not come back in step. */
function pauseBefore(attempt: number): number {
  return Math.min(longestPauseMs, 25 * 2 ** Math.min(attempt, 10)) * (0.5 + Math.random() / 2);
}

/** One line when the connection is lost, one when it is back. */
function withLog(client: Redis, logger: Logger): Redis {
  let isLost = false;
  client.on('error', (err: Error) => {
    if (!isLost) logger.warn({ reason: err.message }, 'Redis does not answer; trying again');
    isLost = true;
  });
  client.on('ready', () => {
    if (isLost) logger.info('Redis answers again');
    isLost = false;
  });
  return client;
}
