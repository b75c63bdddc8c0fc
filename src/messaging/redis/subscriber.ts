import type { Redis } from 'ioredis';
import type { Logger } from '../../logger.js';
import { connectSubscriber, discard } from './redis-client.js';

/** Where nobody speaks, a connection that died looks like any other until it is asked. */
const pingMs = 10_000;

/** Hears channels on one connection, opened when the first is asked for. */
export type Subscriber = AsyncDisposable & {
  /** Calls back on every message, when the channel is first heard and after every gap. */
  subscribe(channel: string, onMessage: () => void): AsyncDisposable;
};

export function createSubscriber(url: string, logger: Logger): Subscriber {
  const listeners = new Map<string, Set<() => void>>();
  let client: Redis | null = null;
  const pinging = setInterval(() => client?.ping().catch(() => {}), pingMs).unref();

  function tell(channel: string): void {
    for (const listener of listeners.get(channel) ?? []) listener();
  }

  function connect(): Redis {
    const opened = connectSubscriber(url, logger);
    opened.on('message', tell);
    // Whatever was announced while nobody listened is told as one, and not before the channels are heard again.
    opened.on('ready', () => {
      const channels = [...listeners.keys()];
      if (channels.length === 0) return;
      const tellAll = () => channels.forEach(tell);
      opened.subscribe(...channels).then(tellAll, () => {});
    });
    return opened;
  }

  return {
    subscribe: (channel, onMessage) => {
      const listener = () => onMessage();
      const heard = listeners.get(channel) ?? new Set();
      heard.add(listener);
      listeners.set(channel, heard);
      client ??= connect();
      // Asked again by itself whenever the connection is new; it rejects only when that is closed.
      client.subscribe(channel).then(listener, () => {});
      return { [Symbol.asyncDispose]: async () => void heard.delete(listener) };
    },
    [Symbol.asyncDispose]: async () => {
      clearInterval(pinging);
      listeners.clear();
      if (client) discard(client);
    },
  };
}
