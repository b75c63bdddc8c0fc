import type { Logger } from '../../logger.js';
import { completeInSteps, withAsker } from '../complete-in-steps.js';
import { toBuffer } from '../fields.js';
import type { JobStore } from '../job-store.js';
import type { Completed, Completion, Messaging } from '../messaging.js';
import type { MessagingSettings } from '../settings.js';
import { createBlockingReader } from './blocking-reader.js';
import { completeScript } from './job-scripts.js';
import { ask, connectCommands, discard } from './redis-client.js';
import { createRedisJobStore, toHolder, toJobKeys, toWaiters } from './redis-job-store.js';
import {
  createRedisRequestLog,
  type RedisRequestLog,
  toFirstDelivery,
} from './redis-request-log.js';
import {
  createRedisCatalogs,
  createRedisGrants,
  createRedisPresence,
  createRedisSessions,
} from './redis-stores.js';
import { asList, asNumber } from './replies.js';
import { runScript } from './run-script.js';
import { createSubscriber } from './subscriber.js';
import { toWaiterText } from './waiter-text.js';

/** All ports on one Redis, which need not answer yet. `jobs`: where jobs are kept instead. */
export function openRedisMessaging(
  settings: MessagingSettings & { redisUrl: string },
  { logger, jobs: otherJobs }: { logger: Logger; jobs: JobStore | null },
): Messaging {
  const { redisUrl: url, keyPrefix } = settings;
  const client = connectCommands(url, logger);
  const reader = createBlockingReader(url, client);
  const subscriber = createSubscriber(url, logger);
  const requests = createRedisRequestLog({ client, reader, subscriber, settings, logger });
  const jobs = otherJobs ?? createRedisJobStore(client, keyPrefix);

  /** One script where nobody but the asker waits; what more there is to do otherwise comes after it. */
  async function complete(completion: Completion): Promise<Completed | null> {
    const { held, body, retentionMs, entry, asker, toReplies, taker } = completion;
    const replies = toReplies(asker ? [asker] : []);
    const settlement = { replies, isDone: true };
    const settling = requests.toSettling(entry, settlement);
    const keys = [...toJobKeys(keyPrefix, held.key), ...settling.keys];
    const args = [...toHolder(held), toBuffer(body), retentionMs, toWaiterText(asker), taker ?? ''];
    const answer = await runScript(client, completeScript, keys, [...args, ...settling.args]);
    if (answer === null) return null;
    const [isSettled, rest, next] = asList(answer);
    if (asNumber(isSettled) === 1) {
      await requests.afterSettling(entry, settlement, { answer: rest, tenant: held.key.tenant });
    } else {
      await settleAll(requests, completion, toWaiters(rest));
    }
    return { next: next ? toFirstDelivery(next) : null };
  }

  return {
    kind: 'redis',
    requests,
    jobs,
    sessions: createRedisSessions(client, keyPrefix),
    checksSessions: otherJobs === null,
    grants: createRedisGrants(client, keyPrefix),
    catalogs: createRedisCatalogs(client, settings),
    config: { subscribe: (onChange) => subscriber.subscribe(settings.configChannel, onChange) },
    presence: createRedisPresence(client, settings.presencePrefix),
    complete: (completion) =>
      otherJobs ? completeInSteps({ jobs, requests }, completion) : complete(completion),
    ping: async () => {
      // One that is full, or a replica, answers a PING.
      await ask(client, 'SET', [`${keyPrefix}ping`, '1', 'PX', 1000]);
    },
    [Symbol.asyncDispose]: async () => {
      await reader[Symbol.asyncDispose]();
      await subscriber[Symbol.asyncDispose]();
      discard(client);
    },
  };
}

function settleAll(
  requests: RedisRequestLog,
  { entry, asker, toReplies }: Completion,
  waiters: ReturnType<typeof toWaiters>,
): Promise<void> {
  return requests.settle(entry, { replies: toReplies(withAsker(waiters, asker)), isDone: true });
}
