import { type ChatOptions, createChat, unusable } from './openai-chat.js';
import type { TextWriter } from './text-writer.js';

const noun = 'answer';
const maxLength = 20_000;

/** Writes texts by `createChat`. One that is empty or over 20,000 characters is UPSTREAM_FAILED. */
export function createTextWriter(options: Omit<ChatOptions, 'noun'>): TextWriter & AsyncDisposable {
  const chat = createChat({ ...options, noun });
  return {
    write: async ({ system, user, maxTokens }, { signal } = {}) => {
      const messages = [
        { role: 'system' as const, content: system },
        { role: 'user' as const, content: user },
      ];
      const text = (await chat.complete({ messages, maxTokens }, { signal })).trim();
      if (text === '') throw unusable(noun, 'it is empty');
      if (text.length > maxLength) throw unusable(noun, `it has more than ${maxLength} characters`);
      return text;
    },
    [Symbol.asyncDispose]: () => chat[Symbol.asyncDispose](),
  };
}
