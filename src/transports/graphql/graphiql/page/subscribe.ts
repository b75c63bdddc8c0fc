import type { createClient } from 'graphql-ws';
import { failure, type Options, type Request } from './fetch-result.js';

declare const graphqlWs: { createClient: typeof createClient };

type Sink = { next(result: unknown): void; complete(): void };

/**
 * A subscription over graphql-ws at the address of the page, as an observable. A browser cannot send headers with a
 * WebSocket, so they go into `connectionParams`. A lost connection is told, not retried: the operation would start anew.
 */
export function subscribe({ query, operationName, variables }: Request, { headers }: Options = {}) {
  return {
    subscribe(sink: Sink) {
      const client = graphqlWs.createClient({
        url: socketUrl(),
        connectionParams: headers ?? {},
        retryAttempts: 0,
      });
      const stop = client.subscribe(
        { query, operationName, variables },
        {
          next: (result) => sink.next(result),
          complete: () => sink.complete(),
          error: (problem) => {
            sink.next(Array.isArray(problem) ? { errors: problem } : failure(toMessage(problem)));
            sink.complete();
          },
        },
      );
      return {
        unsubscribe() {
          stop();
          void client.dispose();
        },
      };
    },
  };
}

function socketUrl(): string {
  const url = new URL(location.pathname, location.href);
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
  return url.href;
}

function toMessage(problem: unknown): string {
  if (problem instanceof CloseEvent) {
    return `The socket closed with code ${problem.code}${problem.reason ? `: ${problem.reason}` : '.'}`;
  }
  return problem instanceof Error ? problem.message : 'The socket could not be opened.';
}
