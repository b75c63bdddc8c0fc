import { completeInSteps } from '../complete-in-steps.js';
import type { JobStore } from '../job-store.js';
import type { Messaging } from '../messaging.js';
import type { MessagingSettings } from '../settings.js';
import { createMemoryJobStore } from './memory-job-store.js';
import { createMemoryReplies, type MemoryReplies } from './memory-replies.js';
import { createMemoryRequestLog } from './memory-request-log.js';
import {
  createMemoryCatalogs,
  createMemoryConfigFeed,
  createMemoryGrants,
  createMemoryPresence,
  createMemorySessions,
  type MemoryConfigFeed,
  type MemorySessions,
} from './memory-stores.js';

/** What callers of the worker do on Redis can be done here by whoever holds this. */
export type MemoryMessaging = Messaging & {
  sessions: MemorySessions;
  config: MemoryConfigFeed;
  replies: MemoryReplies;
};

/** All ports within this process: what waits is lost with it. `jobs`: where jobs are kept instead. */
export function openMemoryMessaging(
  settings: MessagingSettings,
  deps: { jobs?: JobStore; now?: () => number } = {},
): MemoryMessaging {
  const now = deps.now ?? Date.now;
  const replies = createMemoryReplies({
    maxReplies: settings.maxReplies,
    keepMs: settings.replyKeepMs,
    now,
  });
  const requests = createMemoryRequestLog({ settings, replies, now });
  const jobs = deps.jobs ?? createMemoryJobStore(now);
  return {
    kind: 'memory',
    requests,
    jobs,
    replies,
    sessions: createMemorySessions(now),
    checksSessions: false,
    grants: createMemoryGrants(now),
    catalogs: createMemoryCatalogs(now),
    config: createMemoryConfigFeed(),
    presence: createMemoryPresence(),
    complete: (completion) => completeInSteps({ jobs, requests }, completion),
    ping: async () => {},
    [Symbol.asyncDispose]: async () => {},
  };
}
