import type { EntityManager } from '@mikro-orm/postgresql';
import type { Logger } from '../../logger.js';
import type { Listen } from '../../storage/listen.js';
import { query } from '../../storage/sql.js';

/** PostgreSQL's channel; the payload is the id of a call that finished. */
export const finishedChannel = 'toolgraph_calls';

export type Watching = Disposable & {
  /** Resolves when the call may have finished since the last look; at once when it may have before. */
  next(): Promise<void>;
};

/** Tells when submitted calls finish, whichever process ran them. */
export interface FinishedCalls extends AsyncDisposable {
  /** Look at the call after this, then whenever `next` resolves. */
  watch(id: string): Watching;
  /** This process finished it. */
  tell(id: string): void;
}

type Watch = { wake: PromiseWithResolvers<void> };

/**
 * One for a process. A notification only wakes who watches; a look at the database every `checkMs` makes good for those
 * that were lost.
 */
export function createFinishedCalls(options: {
  fork(): EntityManager;
  /** How other processes are heard; null: there are no others. */
  listen: Listen | null;
  logger: Logger;
  checkMs: number;
}): FinishedCalls {
  const { fork, listen, logger, checkMs } = options;
  const watches = new Map<string, Set<Watch>>();
  let isClosed = false;

  const tell = (id: string) => {
    for (const { wake } of watches.get(id) ?? []) wake.resolve();
  };
  const check = async () => {
    if (watches.size === 0) return;
    try {
      for (const id of await readFinished(fork(), [...watches.keys()])) tell(id);
    } catch (err) {
      if (!isClosed) logger.error({ err }, 'finished calls could not be looked for');
    }
  };
  let checks = Promise.resolve();
  const checkNext = () => {
    checks = checks.then(check);
  };
  const timer = setInterval(checkNext, checkMs).unref();
  const listening = listen?.(finishedChannel, {
    onMessage: tell,
    onUp: checkNext,
    onDown: () => {},
  });

  return {
    tell,
    watch: (id) => {
      const watch: Watch = { wake: Promise.withResolvers() };
      const all = watches.get(id) ?? new Set();
      watches.set(id, all.add(watch));
      return {
        next: async () => {
          await watch.wake.promise;
          watch.wake = Promise.withResolvers();
        },
        [Symbol.dispose]: () => {
          all.delete(watch);
          if (all.size === 0 && watches.get(id) === all) watches.delete(id);
        },
      };
    },
    [Symbol.asyncDispose]: async () => {
      isClosed = true;
      clearInterval(timer);
      await listening?.[Symbol.asyncDispose]();
      await checks;
    },
  };
}

/** Those that are gone count: who watches one is to hear of it. */
async function readFinished(em: EntityManager, ids: readonly string[]): Promise<string[]> {
  const waiting = await query<{ id: string }>(
    em,
    `select id from submitted_calls where id = any($1::uuid[]) and state <> 'DONE'`,
    [ids],
  );
  const open = new Set(waiting.map(({ id }) => id));
  return ids.filter((id) => !open.has(id));
}
