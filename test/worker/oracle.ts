import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What a tool of the oracle was asked: its effect happened when the request was there. */
export type Effect = { tool: string; key: string; headers: IncomingMessage['headers'] };

/** Counts effects outside of every worker. */
export type Oracle = AsyncDisposable & {
  origin: string;
  /** How often a tool had its effect under a key. */
  count(key: string): number;
  effects: readonly Effect[];
  /** Resolves when an effect under this key happened so often. */
  came(key: string, times?: number): Promise<void>;
  /** Resolves when the asker of this key went away before it was answered. */
  gone(key: string): Promise<void>;
  /** Answers those who wait under this key, now and later. */
  release(key: string): void;
  /** The document of its tools. */
  document: object;
};

type Tool = (answer: ServerResponse, body: ToolInput) => void;
type ToolInput = { key: string; ms: number };

/** The smallest PNG there is. */
export const picture = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);

const json = (answer: ServerResponse, body: unknown, status = 200) =>
  void answer.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));

/** By path; GET is safe, POST is not. */
const tools: Record<string, Tool> = {
  'GET /read': (answer, { key }) => json(answer, { read: key }),
  'POST /make': (answer, { key }) => json(answer, { made: key }),
  'GET /text': (answer) =>
    void answer.writeHead(200, { 'content-type': 'text/plain; charset=utf-8' }).end('plain wörds'),
  'GET /picture': (answer) =>
    void answer.writeHead(200, { 'content-type': 'image/png' }).end(picture),
  'GET /nothing': (answer) => void answer.writeHead(204).end(),
  'POST /broken': (answer) => json(answer, { error: 'boom' }, 500),
  'POST /forbidden': (answer) => json(answer, { error: 'not for you' }, 403),
  'POST /unwilling': (answer) => json(answer, { success: false, error: 'Access denied: no.' }),
  'POST /failing': (answer) => json(answer, { success: false, error: 'no such thing' }),
  'POST /slow': (answer, { key, ms }) => void setTimeout(() => json(answer, { made: key }), ms),
  'GET /slow-read': (answer, { key, ms }) => void setTimeout(() => json(answer, { read: key }), ms),
  'POST /cut': (answer) => void answer.socket?.resetAndDestroy(),
  'GET /odd': (answer) =>
    void answer
      .writeHead(200, { 'content-type': 'application/json' })
      .end('{"half":"\\ud83d","huge":1e400,"long":9007199254740993,"__proto__":{"a":1}}'),
  'GET /large': (answer) => json(answer, { text: 'a'.repeat(2 * 1024 ** 2) }),
  'GET /bytes': (answer) =>
    void answer.writeHead(200, { 'content-type': 'text/plain' }).end(Buffer.from([0xff, 0xfe, 0])),
};
const held = ['GET /held-read', 'POST /held'];
/** Stands at an address that workers may not reach. */
const guarded = 'POST /guarded';

/** Named after its path: `POST /make` is `make`, `GET /slow-read` is `slow_read`. */
export const toolNameOf = (route: string) => route.replace(/^\w+ \//, '').replaceAll('-', '_');

export async function startOracle(): Promise<Oracle> {
  const effects: Effect[] = [];
  const counts = new Map<string, number>();
  const watchers = new Set<() => void>();
  const waiting = new Map<string, Set<() => void>>();
  const released = new Set<string>();
  const leavers = new Map<string, PromiseWithResolvers<void>>();
  const leaverOf = (key: string) => {
    const found = leavers.get(key) ?? Promise.withResolvers<void>();
    leavers.set(key, found);
    return found;
  };

  const server = createServer(async (request, answer) => {
    const url = new URL(request.url ?? '', 'http://oracle');
    const input = await readInput(request, url);
    const route = `${request.method} ${url.pathname}`;
    effects.push({ tool: toolNameOf(route), key: input.key, headers: request.headers });
    counts.set(input.key, (counts.get(input.key) ?? 0) + 1);
    for (const watch of watchers) watch();
    answer.on('close', () => {
      if (!answer.writableFinished) leaverOf(input.key).resolve();
    });
    if (!held.includes(route)) return (tools[route] ?? notThere)(answer, input);
    const go = () => json(answer, { made: input.key });
    if (released.has(input.key)) return go();
    waiting.set(input.key, (waiting.get(input.key) ?? new Set()).add(go));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    origin,
    effects,
    count: (key) => counts.get(key) ?? 0,
    came: (key, times = 1) =>
      new Promise((resolve) => {
        const check = () => {
          if ((counts.get(key) ?? 0) < times) return;
          watchers.delete(check);
          resolve();
        };
        watchers.add(check);
        check();
      }),
    gone: (key) => leaverOf(key).promise,
    release: (key) => {
      released.add(key);
      for (const go of waiting.get(key) ?? []) go();
      waiting.delete(key);
    },
    document: toDocument(origin),
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function notThere(answer: ServerResponse): void {
  answer.writeHead(404).end();
}

async function readInput(request: IncomingMessage, url: URL): Promise<ToolInput> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  const text = Buffer.concat(chunks).toString();
  const body = text ? (JSON.parse(text) as Partial<ToolInput>) : {};
  const key = body.key ?? url.searchParams.get('key') ?? '';
  return { key, ms: Number(body.ms ?? url.searchParams.get('ms') ?? 0) };
}

function toDocument(origin: string): object {
  const text = { type: 'string' };
  const properties = { key: text, ms: { type: 'integer' }, password: text, headers: {} };
  const parameters = [
    { name: 'key', in: 'query', required: true, schema: text },
    { name: 'ms', in: 'query', schema: { type: 'integer' } },
  ];
  const schema = { type: 'object', required: ['key'], properties };
  const requestBody = { required: true, content: { 'application/json': { schema } } };
  const responses = { 200: { description: 'Done' } };
  const paths: Record<string, Record<string, object>> = {};
  for (const route of [...Object.keys(tools), ...held, guarded]) {
    const [method = '', path = ''] = route.split(' ');
    const operationId = toolNameOf(route);
    paths[path] = {
      ...(route === guarded && { servers: [{ url: 'http://127.0.0.9' }] }),
      [method.toLowerCase()]:
        method === 'GET'
          ? { operationId, parameters, responses }
          : { operationId, requestBody, responses },
    };
  }
  return {
    openapi: '3.1.0',
    info: { title: 'Oracle', version: '1' },
    servers: [{ url: origin }],
    paths,
  };
}
