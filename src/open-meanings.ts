import { createMeanings } from './agents/meanings/create-meanings.js';
import type { Meanings } from './agents/meanings/meanings.js';
import { startToolEmbedder } from './agents/meanings/start-tool-embedder.js';
import type { Config } from './config-types.js';
import type { Ports } from './open-ports.js';
import { createEmbedder } from './upstream/openai-embedder.js';

/** What tools are found by beside their words, and what makes it; null where no model is configured. */
export function openMeanings(
  { embeddings, secrets }: Config,
  { clock, logger, storage }: Pick<Ports, 'clock' | 'logger' | 'storage'>,
  stack: AsyncDisposableStack,
): Meanings | null {
  if (!embeddings || !secrets.openaiApiKey) return null;
  const embedder = stack.use(createEmbedder({ ...embeddings, apiKey: secrets.openaiApiKey }));
  stack.use(startToolEmbedder({ embedder, logger, fork: () => storage.fork() }));
  return createMeanings({ embedder, clock, logger });
}
