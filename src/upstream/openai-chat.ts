import { AppError } from '../errors.js';
import {
  createOpenAiClient,
  firstOf,
  memberOf,
  type OpenAiOptions,
  toOpenAiFailure,
} from './openai-client.js';

/** `timeoutMs` bounds one text. */
export type ChatOptions = Omit<OpenAiOptions, 'maxAnswerBytes'> & {
  model: string;
  /** What is written, as sentences name it: `description`. */
  noun: string;
};

const maxAnswerBytes = 256 * 1024;

export type Chat = AsyncDisposable & {
  /** What it wrote, as it is. Throws UPSTREAM_FAILED or UPSTREAM_TIMEOUT, or the reason of the caller's own abort. */
  complete(
    task: {
      messages: { role: 'system' | 'user'; content: string }[];
      maxTokens: number;
    },
    options?: { signal?: AbortSignal | undefined },
  ): Promise<string>;
};

/**
 * Chat completions of OpenAI or a compatible server. One attempt, no retries; nothing of it is read from the
 * environment. An answer that is empty, refused or cut off is UPSTREAM_FAILED.
 */
export function createChat(options: ChatOptions): Chat {
  const { model, timeoutMs, noun } = options;
  const { client, ...held } = createOpenAiClient({ ...options, maxAnswerBytes });
  return {
    complete: async ({ messages, maxTokens }, { signal } = {}) => {
      try {
        const completion = await client.chat.completions.create(
          { model, messages, max_completion_tokens: maxTokens },
          { signal },
        );
        return readText(completion, noun);
      } catch (error) {
        throw (
          toOpenAiFailure(error, { who: 'The LLM', timeoutMs, signal }) ??
          unusable(noun, 'its answer cannot be read')
        );
      }
    },
    ...held,
  };
}

/** A compatible server may answer anything, so the shape is not taken from the client's types. */
function readText(completion: unknown, noun: string): string {
  const choice: unknown = firstOf(memberOf(completion, 'choices'));
  const message = memberOf(choice, 'message');
  const content = memberOf(message, 'content');
  const refusal = memberOf(message, 'refusal');
  if (typeof refusal === 'string' && refusal !== '') throw unusable(noun, 'it refused');
  if (typeof content !== 'string') throw unusable(noun, 'it has no text');
  if (memberOf(choice, 'finish_reason') === 'length') throw unusable(noun, 'it was cut off');
  return content;
}

/** What an LLM wrote cannot be used, and why. */
export function unusable(noun: string, reason: string): AppError {
  return new AppError('UPSTREAM_FAILED', `The LLM gave no usable ${noun}: ${reason}.`);
}
