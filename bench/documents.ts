import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { corpusDir } from '../test/support/corpus.js';

export type BenchDocument = { name: string; path: string; bytes: number; format: 'json' | 'yaml' };

const files = [
  'kubernetes-2.0.json',
  'github-3.0.json',
  'stripe-3.0.json',
  'openai-3.1.yaml',
  'digitalocean-bundled-3.0.yaml',
  'discord-3.1.json',
  'slack-2.0.json',
  'twilio-messaging-3.0.json',
  'figma-3.1.yaml',
  'gitea-2.0.yaml',
];

/** The large real documents of the corpus that are there, of those whose names have one of the given parts. */
export function benchDocuments(only: string[] = []): BenchDocument[] {
  return files
    .filter((file) => only.length === 0 || only.some((part) => file.includes(part)))
    .map((file) => ({ file, path: join(corpusDir, 'real', file) }))
    .filter(({ path }) => existsSync(path))
    .map(({ file, path }) => ({
      name: file,
      path,
      bytes: statSync(path).size,
      format: file.endsWith('.json') ? 'json' : 'yaml',
    }));
}

/** What to say when there is nothing to measure. */
export function missingCorpus(): string {
  return `There are no documents to measure: ${corpusDir}/real is absent. Set CORPUS_DIR to a corpus folder.`;
}
