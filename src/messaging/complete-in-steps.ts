import type { Waiter } from './job-store.js';
import type { Completed, Completion, Messaging } from './messaging.js';

/**
 * Ends a job whose record and whose entry lie in different places. Killed between the steps, the entry comes back, finds the
 * job done and answers its waiters.
 */
export async function completeInSteps(
  { jobs, requests }: Pick<Messaging, 'jobs' | 'requests'>,
  { held, body, retentionMs, entry, asker, toReplies }: Completion,
): Promise<Completed | null> {
  const waiters = await jobs.finish(held, body, retentionMs);
  if (!waiters) return null;
  const replies = toReplies(withAsker(waiters, asker));
  await requests.settle(entry, { replies, isDone: true });
  return { next: null };
}

/** A record that was lost and written anew knows its waiters no more; the one that asked is known here. */
export function withAsker(waiters: readonly Waiter[], asker: Waiter | null): Waiter[] {
  const isKnown = waiters.some(
    (one) => one.replyTo === asker?.replyTo && one.correlationId === asker.correlationId,
  );
  return asker && !isKnown ? [...waiters, asker] : [...waiters];
}
