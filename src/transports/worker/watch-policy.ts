import { readFile, stat } from 'node:fs/promises';
import { AppError } from '../../errors.js';
import type { Logger } from '../../logger.js';
import type { ConfigFeed } from '../../messaging/messaging.js';
import { openPolicy, parsePolicy, type WorkerPolicy } from './policy.js';

/** The policy as it stands; disposing ends the watch. */
export interface PolicyWatch extends AsyncDisposable {
  current(): WorkerPolicy;
  /** When the policy was written: of two, the newer one holds. The epoch where there is no file. */
  writtenAt(): Date;
  /** A sentence while the policy that holds is not the one that was asked for; null: all is well. */
  problem(): string | null;
  /** Looks at the file now. Never throws. */
  reload(): Promise<void>;
}

export type PolicyOptions = {
  /** Of the JSON file; null: everybody may call everything. */
  path: string | null;
  feed: ConfigFeed;
  logger: Logger;
  /** Between two looks at the file that nobody asked for: messages can be lost. */
  checkMs?: number;
  /** After every message and every change, with the policy that holds then. */
  onReload?: () => void;
};

type Loaded = { text: string | null; policy: WorkerPolicy; writtenAt: Date };

/**
 * Reads the worker's policy, and anew on every message of the feed and now and then. One that cannot be read or is not
 * valid leaves the former one in force and is told by `problem`. Throws INVALID_INPUT for a bad one at the start.
 */
export async function watchPolicy(options: PolicyOptions): Promise<PolicyWatch> {
  const { path, feed, logger, checkMs = 30_000, onReload } = options;
  let loaded = await load(path, null);
  let problem: string | null = null;
  let loading = Promise.resolve();

  async function look(isAsked: boolean): Promise<void> {
    const before = loaded;
    try {
      loaded = await load(path, loaded);
      if (problem !== null) logger.info({ path }, 'the worker policy is good again');
      problem = null;
    } catch (error) {
      const sentence = error instanceof AppError ? error.message : 'It cannot be read.';
      if (problem !== sentence) {
        logger.error({ path, problem: sentence }, 'the worker policy is bad: the former one holds');
      }
      problem = sentence;
    }
    if (isAsked || loaded !== before) onReload?.();
  }

  function lookInTurn(isAsked: boolean): Promise<void> {
    loading = loading.then(() => look(isAsked));
    return loading;
  }

  const timer = setInterval(() => void lookInTurn(false), checkMs).unref();
  const listening = feed.subscribe(() => void lookInTurn(true));
  return {
    current: () => loaded.policy,
    writtenAt: () => loaded.writtenAt,
    problem: () => problem,
    reload: () => lookInTurn(true),
    [Symbol.asyncDispose]: async () => {
      clearInterval(timer);
      await listening[Symbol.asyncDispose]();
      await loading;
    },
  };
}

/** The same object where the file has not changed. */
async function load(path: string | null, known: Loaded | null): Promise<Loaded> {
  if (path === null) return known ?? { text: null, policy: openPolicy, writtenAt: new Date(0) };
  const [text, { mtime }] = await Promise.all([readText(path), stat(path)]).catch((cause) => {
    const message = `The worker's policy cannot be read from "${path}" (WORKER_CONFIG).`;
    throw new AppError('INVALID_INPUT', message, {}, { cause });
  });
  if (text === known?.text && mtime.getTime() === known.writtenAt.getTime()) return known;
  return { text, policy: parsePolicy(text), writtenAt: mtime };
}

async function readText(path: string): Promise<string> {
  return readFile(path, 'utf8');
}
