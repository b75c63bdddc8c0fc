import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

type Seen = {
  url: string | undefined;
  headers: IncomingMessage['headers'];
  body: { model: string; input: string[]; encoding_format: string };
};
type Reply = { status?: number; json: unknown };

/** Words that mean the same; what has none of them means something else. */
const concepts = [
  ['refund', 'reimburse', 'money back'],
  ['webhook', 'callback', 'notify me'],
  ['photo', 'picture', 'snapshot'],
  ['stargazer', 'admirer'],
  ['parcel', 'package'],
];

/** A number for each concept that a text has words of. */
export function meaningOf(text: string): number[] {
  const has = (words: string[]) => words.some((word) => text.toLowerCase().includes(word));
  const numbers = concepts.map((words) => (has(words) ? 1 : 0));
  return [...numbers, numbers.includes(1) ? 0 : 1];
}

export function embeddingsOf(texts: readonly string[]): Reply {
  const data = texts.map((text, index) => ({
    ...{ object: 'embedding', index },
    embedding: meaningOf(text),
  }));
  return {
    json: { object: 'list', model: 'm', data, usage: { prompt_tokens: 1, total_tokens: 1 } },
  };
}

/**
 * A server that speaks embeddings, on the same path and with the same shapes as OpenAI's. `answer` can be replaced at any
 * time; one that answers null keeps the request open for ever.
 */
export async function anEmbeddingsServer() {
  const seen: Seen[] = [];
  const server = createServer(async (request, response) => {
    let text = '';
    for await (const chunk of request) text += chunk;
    const one = { url: request.url, headers: request.headers, body: JSON.parse(text) };
    seen.push(one);
    const reply = await running.answer(one.body.input);
    if (!reply) return;
    response.writeHead(reply.status ?? 200, { 'content-type': 'application/json' });
    response.end(typeof reply.json === 'string' ? reply.json : JSON.stringify(reply.json));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const stop = async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  const running = {
    seen,
    answer: embeddingsOf as (texts: string[]) => Reply | null | Promise<Reply>,
    baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    /** All texts that were sent, in their order. */
    texts: () => seen.flatMap(({ body }) => body.input),
    stop,
    [Symbol.asyncDispose]: stop,
  };
  return running;
}
