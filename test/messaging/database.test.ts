import { afterAll, beforeAll, it } from 'vitest';
import { createLogger } from '../../src/logger.js';
import { createDatabaseJobStore } from '../../src/messaging/database/database-job-store.js';
import type { JobKey } from '../../src/messaging/job-store.js';
import { openMemoryMessaging } from '../../src/messaging/memory/open-memory-messaging.js';
import { defaultMessagingSettings } from '../../src/messaging/settings.js';
import type { Storage } from '../../src/storage/open-storage.js';
import { query } from '../../src/storage/sql.js';
import { openTestStorage } from '../support/test-storage.js';
import { describeMessaging, maxLag, type Subject } from './contract.js';
import { describeRequestLog } from './contract-log.js';
import { checkModel } from './model.js';
import { readMemoryReplies } from './read-memory-replies.js';

let storage: Storage;
beforeAll(async () => {
  storage = await openTestStorage();
});
afterAll(async () => {
  await storage?.[Symbol.asyncDispose]();
});

async function openSubject(): Promise<Subject> {
  await query(storage.fork(), 'truncate jobs');
  const logger = createLogger({ level: 'silent' });
  const jobs = createDatabaseJobStore({ run: storage.run, logger });
  const messaging = openMemoryMessaging({ ...defaultMessagingSettings, maxLag }, { jobs });
  const set = async ({ tenant, id }: JobKey, change: string) => {
    const sql = `update jobs set ${change} where tenant_id = $1 and id = $2`;
    await query(storage.fork(), sql, [tenant, id]);
  };
  return {
    messaging,
    endLease: (key) => set(key, `lease_until = now()`),
    endBody: (key) => set(key, `body_until = now()`),
    endRecord: (key) => set(key, `expires_at = now()`),
    replies: async (replyTo) => readMemoryReplies(messaging, replyTo),
    [Symbol.asyncDispose]: () => jobs[Symbol.asyncDispose](),
  };
}

describeMessaging('jobs in the database', openSubject);
describeRequestLog('requests with jobs in the database', openSubject);

it('follows the model of jobs and entries whatever crashes when', () =>
  checkModel(openSubject, { numRuns: 15 }));
