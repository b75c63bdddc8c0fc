import { AppError } from '../errors.js';
import type { Logger } from '../logger.js';
import type { Storage } from '../storage/open-storage.js';
import { openMemoryMessaging } from './memory/open-memory-messaging.js';
import type { Messaging } from './messaging.js';
import type { MessagingSettings } from './settings.js';

export type MessagingDeps = { storage: Pick<Storage, 'run'>; logger: Logger };

/**
 * Opens what the settings say; Redis need not answer yet. Throws NOT_CONFIGURED when they contradict each other.
 */
export async function openMessaging(
  settings: MessagingSettings,
  _deps: MessagingDeps,
): Promise<Messaging> {
  if (settings.redisUrl === null && settings.jobs === 'redis') {
    throw new AppError('NOT_CONFIGURED', 'Jobs can be kept in Redis only where REDIS_URL is set.');
  }
  return openMemoryMessaging(settings);
}
