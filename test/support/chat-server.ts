import { createServer, type IncomingMessage, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';

type Seen = {
  url?: string;
  headers: IncomingMessage['headers'];
  body: { model: string; messages: { role: string; content: string }[] };
};

/** A server that speaks chat completions, on the same paths and with the same shapes as OpenAI's. */
export async function aChatServer(
  answer: (seen: Seen) => { status?: number; json: unknown } | null,
) {
  const seen: Seen[] = [];
  const listener: RequestListener = async (request, response) => {
    let text = '';
    for await (const chunk of request) text += chunk;
    seen.push({ url: request.url, headers: request.headers, body: JSON.parse(text) });
    const reply = answer(seen.at(-1) as Seen);
    if (!reply) return;
    response.writeHead(reply.status ?? 200, { 'content-type': 'application/json' });
    response.end(typeof reply.json === 'string' ? reply.json : JSON.stringify(reply.json));
  };
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    seen,
    baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** A completion with this message. */
export function saying(content: unknown, extra: object = {}, finish_reason = 'stop') {
  const message = { role: 'assistant', content, ...extra };
  const choices = [{ index: 0, finish_reason, message }];
  return { id: 'c', object: 'chat.completion', created: 0, model: 'm', choices };
}
