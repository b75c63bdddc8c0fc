import { describe, expect, it } from 'vitest';
import { callDocument } from './support/call-corpus.js';
import { corpusDir, hasCorpus } from './support/corpus.js';
import { startEchoServer } from './support/echo-server.js';

describe.skipIf(!hasCorpus)(
  `calls of the tools of ${corpusDir} (skipped where the folder is absent)`,
  () => {
    it.each([
      'petstore/petstore-2.0.json',
      'petstore/petstore-3.1.json',
      'examples/cafe-3.2.yaml',
      'features/parameters-style-3.1.json',
      'features/file-uploads-3.0.yaml',
      'features/form-data-urlencoded-3.0.yaml',
      'features/schema-circular-3.0.json',
      'real/slack-2.0.json',
      'real/twilio-messaging-3.0.json',
      'real/telegram-bot-2.0.yaml',
      'real/xero-files-3.0.yaml',
    ])('every value given to a tool of %s arrives in its place', async (file) => {
      await using server = await startEchoServer();
      const result = await callDocument(file, server);
      const { lost, uncallable, skipped, contradictory } = result;
      expect({ lost, uncallable, skipped, contradictory }).toEqual({
        lost: [],
        uncallable: [],
        skipped: [],
        contradictory: [],
      });
      expect(result.called).toBe(result.tools);
      expect(result.tools).toBeGreaterThan(0);
    });
  },
);
