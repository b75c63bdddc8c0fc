import type { EntityManager } from '@mikro-orm/postgresql';
import type { Sealer } from '../../credentials/sealer.js';
import type { Logger } from '../../logger.js';
import type { RequestLog } from '../../messaging/request-log.js';
import type { RunStatement } from '../../storage/sql.js';
import type { FinishedCalls } from './finished-calls.js';

export type SubmittedSettings = {
  /** Finished ones older than this are deleted; 0 = never. */
  retentionDays: number;
  /** The request log gets a call again that is not finished by then; each time it waits twice as long. */
  requeueMs: number;
};

/** What submitted calls are kept with; one for the whole process. */
export type SubmittedParts = {
  fork(): EntityManager;
  run: RunStatement;
  sealer: Sealer;
  /** Workers read from it what is to run. */
  requests: RequestLog;
  finished: FinishedCalls;
  logger: Logger;
  settings: SubmittedSettings;
};
