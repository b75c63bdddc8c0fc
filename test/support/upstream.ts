import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export type SeenRequest = {
  method: string;
  url: string;
  headers: Record<string, string | string[] | undefined>;
  body: string;
};

export type Upstream = AsyncDisposable & {
  origin: string;
  /** Requests in the order in which they came. */
  seen: SeenRequest[];
  /** Resolves when so many requests have come. */
  came(count: number): Promise<void>;
  /** Answers all that wait under `/held`, and those that come later. */
  release(): void;
  /** Resolves when a request that waited was given up by its sender. */
  gone: Promise<void>;
};

/**
 * An API on 127.0.0.1 that tells in JSON what it was sent: `/status/404` and the like with that status, `/held…` once
 * it is released, `/text` as text.
 */
export async function startUpstream(): Promise<Upstream> {
  const seen: SeenRequest[] = [];
  const waiting = new Set<() => void>();
  const watchers = new Set<() => void>();
  const gone = Promise.withResolvers<void>();
  let isReleased = false;
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const { method = '', url = '', headers } = request;
    const entry = { method, url, headers, body: Buffer.concat(chunks).toString() };
    seen.push(entry);
    for (const watch of watchers) watch();
    if (!url.startsWith('/held') || isReleased) return answer(response, entry);
    waiting.add(() => answer(response, entry));
    response.on('close', () => {
      if (!response.writableFinished) gone.resolve();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    gone: gone.promise,
    came: (count) =>
      new Promise((resolve) => {
        const check = () => {
          if (seen.length >= count) resolve();
        };
        watchers.add(check);
        check();
      }),
    release: () => {
      isReleased = true;
      for (const go of waiting) go();
      waiting.clear();
    },
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function answer(response: ServerResponse, seen: SeenRequest): void {
  const status = Number(/^\/status\/(\d+)/.exec(seen.url)?.[1] ?? 200);
  if (seen.url.startsWith('/text')) {
    response.writeHead(status, { 'content-type': 'text/plain' }).end('plain words');
    return;
  }
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(seen));
}
