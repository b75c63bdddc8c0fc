import { AppError } from '../../errors.js';
import type { Embedder } from '../../upstream/embedder.js';

const harmless = 'List all orders of a customer';

/**
 * A vector for each text, null for one that the server does not take: texts that are refused together are asked for in
 * halves, and a single one is left out once the server has shown that it takes another. Throws what the embedder throws.
 */
export async function embedTexts(
  embedder: Embedder,
  texts: readonly string[],
  signal: AbortSignal,
): Promise<(Float32Array | null)[]> {
  if (texts.length === 0) return [];
  try {
    return await embedder.embed(texts, { signal });
  } catch (error) {
    if (!isRefusal(error)) throw error;
  }
  if (texts.length === 1) {
    await embedder.embed([harmless], { signal });
    return [null];
  }
  const middle = Math.ceil(texts.length / 2);
  return [
    ...(await embedTexts(embedder, texts.slice(0, middle), signal)),
    ...(await embedTexts(embedder, texts.slice(middle), signal)),
  ];
}

export function isRefusal(error: unknown): boolean {
  return error instanceof AppError && error.code === 'INVALID_INPUT';
}
