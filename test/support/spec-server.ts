import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export type ServedFile = {
  body: string | Uint8Array;
  status?: number;
  headers?: Record<string, string>;
};

export type SpecServer = AsyncDisposable & {
  /** Without a trailing slash. */
  origin: string;
  /** Paths in the order in which they were asked for. */
  requests: string[];
  /** Adds a file under a path such as `/openapi.yaml` and returns its URL. */
  serve(path: string, file: ServedFile | string | Uint8Array): string;
};

/** Serves files on 127.0.0.1; a path that was not added answers 404. */
export async function startSpecServer(): Promise<SpecServer> {
  const files = new Map<string, ServedFile>();
  const requests: string[] = [];
  const server = createServer((request, response) => {
    const path = new URL(request.url ?? '/', 'http://localhost').pathname;
    requests.push(path);
    const file = files.get(path) ?? { status: 404, body: 'not here' };
    response.writeHead(file.status ?? 200, file.headers ?? {}).end(file.body);
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    origin,
    requests,
    serve(path, file) {
      const isBody = typeof file === 'string' || file instanceof Uint8Array;
      files.set(path, isBody ? { body: file } : file);
      return `${origin}${path}`;
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
