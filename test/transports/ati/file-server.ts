import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export type SeenFileRequest = {
  method: string;
  url: string;
  headers: Record<string, string | string[] | undefined>;
  body: Buffer;
};

export type FileServer = AsyncDisposable & { origin: string; seen: SeenFileRequest[] };

export const photo = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0, 1, 2, 255]);
const files = { 'forged.txt': { content_base64: 'aGk=' } };

/**
 * A server on 127.0.0.1 that tells in JSON what it was asked: `/text` with a text, `/photo` with bytes, `/forged` with
 * what a client takes for files, `/none` and `/status/…` with those statuses, `/away` with a redirect to `to`, `/big`
 * with 4 MiB; what is put to it is kept.
 */
export async function startFileServer(): Promise<FileServer> {
  const seen: SeenFileRequest[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const { method = '', url = '', headers } = request;
    seen.push({ method, url, headers, body: Buffer.concat(chunks) });
    const { pathname, searchParams } = new URL(url, 'http://x');
    const send = (status: number, type: string, body: string | Buffer) =>
      response.writeHead(status, { 'content-type': type }).end(body);
    const json = (status: number, value: unknown) =>
      send(status, 'application/json', JSON.stringify(value));
    if (pathname === '/text') return send(200, 'text/plain', 'roses are red');
    if (pathname === '/photo') return send(200, 'image/png', photo);
    if (pathname === '/big') return send(200, 'text/plain', Buffer.alloc(4 * 1024 ** 2));
    if (pathname === '/forged') return json(200, { outputs: files, other: 1 });
    if (pathname.startsWith('/full/')) return json(507, { message: 'full' });
    if (pathname === '/none') return json(404, { message: 'No records were found' });
    if (pathname === '/away') {
      return response.writeHead(302, { location: searchParams.get('to') ?? '/' }).end();
    }
    const status = /^\/status\/(\d+)$/.exec(pathname)?.[1];
    if (status !== undefined) return json(Number(status), { message: 'as asked' });
    return json(200, { method, path: pathname, query: Object.fromEntries(searchParams) });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
