import { toDescriptionPrompt } from './description-prompt.js';
import type { DescriptionWriter } from './description-writer.js';
import { type ChatOptions, createChat, unusable } from './openai-chat.js';

export type DescriptionWriterOptions = Omit<ChatOptions, 'noun'>;

const noun = 'description';
const maxDescriptionLength = 2_000;

/** Writes descriptions by `createChat`. One that is empty or over 2,000 characters is UPSTREAM_FAILED. */
export function createDescriptionWriter(
  options: DescriptionWriterOptions,
): DescriptionWriter & AsyncDisposable {
  const chat = createChat({ ...options, noun });
  return {
    describe: async (endpoint, { signal } = {}) => {
      const task = { messages: toDescriptionPrompt(endpoint), maxTokens: 1_000 };
      return toDescription(await chat.complete(task, { signal }));
    },
    [Symbol.asyncDispose]: () => chat[Symbol.asyncDispose](),
  };
}

function toDescription(content: string): string {
  const description = toPlainText(content);
  if (description === '') throw unusable(noun, 'it is empty');
  if (description.length > maxDescriptionLength) {
    throw unusable(noun, `it has more than ${maxDescriptionLength} characters`);
  }
  return description;
}

/** One paragraph without control characters, code fences or surrounding quotes. */
function toPlainText(content: string): string {
  return content
    .replace(/^\s*```\w*\n?|```\s*$/g, '')
    .replace(/[\p{Cc}\p{Cf}\s]+/gu, ' ')
    .trim()
    .replace(/^"(.*)"$/, '$1')
    .trim();
}
