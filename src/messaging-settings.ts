import type { Config } from './config-types.js';
import { defaultMessagingSettings, type MessagingSettings } from './messaging/settings.js';

/** What the configuration says of the worker's messages. */
export function toMessagingSettings({
  redis,
  worker,
}: Pick<Config, 'redis' | 'worker'>): MessagingSettings {
  const { names, jobs, maxLag } = worker;
  const { stream, group, keyPrefix, deadLetterStream, catalogChannel, configChannel } = names;
  return {
    ...defaultMessagingSettings,
    ...{ jobs, maxLag, stream, group, keyPrefix, deadLetterStream, catalogChannel, configChannel },
    redisUrl: redis?.url ?? null,
    presencePrefix: names.registryPrefix,
  };
}
