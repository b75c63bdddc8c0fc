import type { Client } from '@modelcontextprotocol/client';
import type { Exchange, Exchanges } from './mcp-exchange.js';

export type ListenOptions = {
  exchanges: Exchanges;
  standing: Exchange;
  onToolsChanged: () => void;
};

const coalesceMs = 100;
const firstPauseMs = 1_000;
const longestPauseMs = 60_000;

/**
 * Tells of `notifications/tools/list_changed`, many at once as one. Servers of 2026-07-28 say it only on a stream that was
 * asked for, which is asked for again when it ends; the others on the stream that the SDK opens by itself.
 */
export function listenForTools(client: Client, options: ListenOptions): void {
  let isDue = false;
  client.setNotificationHandler('notifications/tools/list_changed', () => {
    if (isDue) return;
    isDue = true;
    setTimeout(() => {
      isDue = false;
      if (!options.standing.signal.aborted) options.onToolsChanged();
    }, coalesceMs).unref();
  });
  client.setNotificationHandler('notifications/message', ({ params }) => {
    options.exchanges.getStore()?.log({
      level: params.level,
      data: params.data,
      ...(params.logger !== undefined && { logger: params.logger }),
    });
  });
  const isOffered = client.getServerCapabilities()?.tools?.listChanged === true;
  if (client.getProtocolEra() === 'modern' && isOffered) {
    void options.exchanges.run(options.standing, () => keepListening(client, options));
  }
}

async function keepListening(client: Client, { standing }: ListenOptions): Promise<void> {
  const { signal } = standing;
  let pauseMs = firstPauseMs;
  while (!signal.aborted) {
    const begun = performance.now();
    try {
      const subscription = await client.listen({ toolsListChanged: true }, { signal });
      await subscription.closed;
    } catch {
      // A server that refuses the stream is asked again as rarely as one that breaks it off.
    }
    if (performance.now() - begun > longestPauseMs) pauseMs = firstPauseMs;
    await pause(pauseMs, signal);
    pauseMs = Math.min(longestPauseMs, pauseMs * 2);
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms).unref();
    signal.addEventListener('abort', done, { once: true });
  });
}
