import type { EntityManager } from '@mikro-orm/postgresql';
import type { Sealer } from '../credentials/sealer.js';
import type { RunStatement } from '../storage/sql.js';
import { createHostLimits } from '../upstream/host-limits.js';
import { createCallCatalog } from './call-catalog.js';
import { createCallJournal } from './call-journal.js';
import type { CallParts } from './call-parts.js';
import { createArgumentChecker } from './check-arguments.js';
import { createOutputChecker } from './mcp/output-checker.js';
import { createOauthTokens } from './oauth-tokens.js';

type CallDeps = Pick<CallParts, 'http' | 'observer' | 'clock' | 'logger' | 'settings' | 'mcp'> & {
  fork(): EntityManager;
  run: RunStatement;
  sealer: Sealer;
  /** No other process writes to the database. */
  isAlone: boolean;
};

export type Calls = CallParts & AsyncDisposable;

/** What calls are made with. Disposing writes what is still to be recorded. */
export function createCalls({ fork, run, sealer, isAlone, ...deps }: CallDeps): Calls {
  const { http, clock, logger, settings } = deps;
  const journal = createCallJournal({ fork, run, logger, leaseMs: settings.leaseMs, isAlone });
  const catalog = createCallCatalog({ fork, run, sealer, isAlone });
  return {
    ...deps,
    catalog,
    journal,
    checker: createArgumentChecker(),
    outputs: createOutputChecker(),
    tokens: createOauthTokens({ http, clock }),
    hosts: createHostLimits({
      maxConcurrent: settings.hostConcurrency,
      maxQueued: 10_000,
      maxWaitMs: settings.timeoutMs,
    }),
    running: new Map(),
    [Symbol.asyncDispose]: async () => {
      catalog[Symbol.dispose]();
      await journal[Symbol.asyncDispose]();
    },
  };
}
