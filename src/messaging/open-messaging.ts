import type { Config } from '../config-types.js';
import { AppError } from '../errors.js';
import type { Logger } from '../logger.js';
import type { Storage } from '../storage/open-storage.js';
import { openMemoryMessaging } from './memory/open-memory-messaging.js';
import type { Messaging } from './messaging.js';
import { type MessagingSettings, toMessagingSettings } from './settings.js';

export type MessagingDeps = { storage: Pick<Storage, 'run'>; logger: Logger };

/** Opens what the configuration says; Redis need not answer yet. */
export function openMessaging(
  config: Pick<Config, 'redis' | 'worker'>,
  deps: MessagingDeps,
): Promise<Messaging> {
  return openMessagingWith(toMessagingSettings(config), deps);
}

/** As `openMessaging`; throws NOT_CONFIGURED when the settings contradict each other. */
export async function openMessagingWith(
  settings: MessagingSettings,
  { logger }: MessagingDeps,
): Promise<Messaging> {
  const { redisUrl } = settings;
  if (redisUrl === null) {
    if (settings.jobs !== 'redis') return openMemoryMessaging(settings);
    throw new AppError('NOT_CONFIGURED', 'Jobs can be kept in Redis only where REDIS_URL is set.');
  }
  // Loaded only where it is used.
  const { openRedisMessaging } = await import('./redis/open-redis-messaging.js');
  return openRedisMessaging({ ...settings, redisUrl }, { logger, jobs: null });
}
