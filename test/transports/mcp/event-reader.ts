import { Agent, fetch, type RequestInit } from 'undici';

export type SeenEvent = { id?: string; name?: string; data: string };

export type EventReader = AsyncDisposable & {
  status: number;
  headers: { get(name: string): string | null };
  /** The next event; null at the end. Comments are left out. */
  next(): Promise<SeenEvent | null>;
  /** The next event with data, parsed. */
  // biome-ignore lint/suspicious/noExplicitAny: what came over the wire is looked at by tests.
  message(): Promise<any>;
};

/** Asks for a stream of server-sent events and reads them one by one. */
export async function openEvents(url: URL, init: RequestInit): Promise<EventReader> {
  // With connections of its own: the shared ones of `fetch` may be opened anew, and hold a server that stops.
  const dispatcher = new Agent();
  const answer = await fetch(url, { ...init, dispatcher });
  const chunks = answer.body?.getReader();
  const decoder = new TextDecoder();
  let text = '';
  const next = async (): Promise<SeenEvent | null> => {
    for (;;) {
      const end = text.indexOf('\n\n');
      if (end >= 0) {
        const block = text.slice(0, end);
        text = text.slice(end + 2);
        const event = parse(block);
        if (event) return event;
        continue;
      }
      const { done, value } = (await chunks?.read()) ?? { done: true, value: undefined };
      if (done) return null;
      text += decoder.decode(value, { stream: true });
    }
  };
  return {
    status: answer.status,
    headers: answer.headers,
    next,
    message: async () => {
      for (let event = await next(); event; event = await next()) {
        if (event.data !== '') return JSON.parse(event.data);
      }
      throw new Error('The stream ended.');
    },
    [Symbol.asyncDispose]: async () => {
      await dispatcher.destroy();
    },
  };
}

function parse(block: string): SeenEvent | null {
  const fields = block
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith(':'))
    .map((line) => /^(\w+):? ?(.*)$/.exec(line) ?? []);
  if (fields.length === 0) return null;
  const of = (name: string) => fields.find(([, key]) => key === name)?.[2];
  return { id: of('id'), name: of('event'), data: of('data') ?? '' };
}
