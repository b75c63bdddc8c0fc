import { it } from 'vitest';
import { openMemoryMessaging } from '../../src/messaging/memory/open-memory-messaging.js';
import { defaultMessagingSettings } from '../../src/messaging/settings.js';
import { describeMessaging, maxLag, type Subject } from './contract.js';
import { describeRequestLog } from './contract-log.js';
import { checkModel } from './model.js';
import { readMemoryReplies } from './read-memory-replies.js';

async function openSubject(): Promise<Subject> {
  let passed = 0;
  const pass = async (ms: number) => {
    passed += ms;
  };
  const messaging = openMemoryMessaging(
    { ...defaultMessagingSettings, maxLag },
    { now: () => Date.now() + passed },
  );
  return {
    messaging,
    endLease: () => pass(60_001),
    endBody: () => pass(60_001),
    endRecord: () => pass(8 * 24 * 60 * 60 * 1000),
    replies: async (replyTo) => readMemoryReplies(messaging, replyTo),
    [Symbol.asyncDispose]: () => messaging[Symbol.asyncDispose](),
  };
}

describeMessaging('jobs in memory', openSubject);
describeRequestLog('requests in memory', openSubject);

it('follows the model of jobs and entries whatever crashes when', () =>
  checkModel(openSubject, { numRuns: 300 }));
