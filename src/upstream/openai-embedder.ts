import { AppError } from '../errors.js';
import type { Embedder } from './embedder.js';
import {
  createOpenAiClient,
  memberOf,
  type OpenAiOptions,
  toOpenAiFailure,
} from './openai-client.js';

export type EmbedderOptions = Omit<OpenAiOptions, 'maxAnswerBytes'> & { model: string };

const who = 'The server of embeddings';
const maxAnswerBytes = 32 * 1024 * 1024;
const maxDimensions = 16_000;
/** By which servers say that a text is too long or otherwise not to their liking. */
const refusals = [400, 413, 422];

/** Embeddings of OpenAI or a compatible server: `POST {baseUrl}/embeddings`. */
export function createEmbedder(options: EmbedderOptions): Embedder & AsyncDisposable {
  const { model } = options;
  const { client, ...held } = createOpenAiClient({ ...options, maxAnswerBytes });
  return {
    model,
    embed: async (texts, { signal, timeoutMs = options.timeoutMs } = {}) => {
      try {
        const answer = await client.embeddings.create(
          // Not every compatible server knows the client's default, base64.
          { model, input: [...texts], encoding_format: 'float' },
          { signal, timeout: timeoutMs },
        );
        return readVectors(answer, texts.length);
      } catch (error) {
        const failure = toOpenAiFailure(error, { who, timeoutMs, signal });
        throw toRefusal(failure) ?? failure ?? unusable('it cannot be read');
      }
    },
    ...held,
  };
}

function toRefusal(failure: unknown): AppError | null {
  const status = failure instanceof AppError ? Number(failure.details.status) : Number.NaN;
  if (!refusals.includes(status)) return null;
  return new AppError('INVALID_INPUT', `${who} refused a text with status ${status}.`);
}

function unusable(reason: string): AppError {
  return new AppError('UPSTREAM_FAILED', `${who} gave no usable answer: ${reason}.`);
}

function readVectors(answer: unknown, count: number): Float32Array[] {
  const data = memberOf(answer, 'data');
  if (!Array.isArray(data)) throw unusable('it has no list "data"');
  if (data.length !== count) {
    throw unusable(`it has ${data.length} vectors for ${count} texts`);
  }
  const vectors = new Array<Float32Array>(count);
  data.forEach((entry: unknown, at) => {
    const index = memberOf(entry, 'index') ?? at;
    if (typeof index !== 'number' || !(index in data) || vectors[index]) {
      throw unusable('its vectors are not those of the texts');
    }
    vectors[index] = readVector(memberOf(entry, 'embedding'));
  });
  if (vectors.some(({ length }) => length !== vectors[0]?.length)) {
    throw unusable('its vectors differ in length');
  }
  return vectors;
}

function readVector(value: unknown): Float32Array {
  if (!isVector(value)) throw unusable('a vector is not a list of numbers');
  const length = Math.sqrt(value.reduce((sum, one) => sum + one * one, 0));
  if (!Number.isFinite(length) || length === 0) throw unusable('a vector has no direction');
  return Float32Array.from(value, (one) => one / length);
}

function isVector(value: unknown): value is number[] {
  const isList = Array.isArray(value) && value.length > 0 && value.length <= maxDimensions;
  return isList && value.every((one) => typeof one === 'number');
}
