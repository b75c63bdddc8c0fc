import { AppError } from '../../errors.js';
import { type Fields, toFieldMap } from '../fields.js';
import { assertReplayable, keptFields } from '../kept-fields.js';
import type { DeadLetter, LogEntry, RequestLog, Settlement } from '../request-log.js';
import type { MessagingSettings } from '../settings.js';
import { byId } from './by-id.js';
import type { MemoryReplies } from './memory-replies.js';
import { createParking } from './parking.js';

type Held = { entry: LogEntry; consumer: string; touchedAt: number };
type Reading = { count: number; consumer: string; resolve(entries: LogEntry[]): void };

export type MemoryRequestLogOptions = {
  settings: Pick<MessagingSettings, 'stream' | 'maxLag' | 'maxDeadLetters'>;
  replies: MemoryReplies;
  now(): number;
};

/** Entries of this process alone, gone with it. */
export function createMemoryRequestLog(options: MemoryRequestLogOptions): RequestLog {
  const { settings, replies, now } = options;
  let waiting: LogEntry[] = [];
  const pending = new Map<string, Held>();
  const parking = createParking();
  const seen = new Map<string, number>();
  const readers: Reading[] = [];
  const watchers = new Set<() => void>();
  let letters: DeadLetter[] = [];
  const nextId = createIds(now);

  function append(fields: ReadonlyMap<string, Uint8Array>): string {
    const lag = waiting.length + parking.size();
    if (lag >= settings.maxLag) {
      throw new AppError(
        'LIMIT_EXCEEDED',
        `${lag} requests wait already; the limit is ${settings.maxLag}. Try again later.`,
      );
    }
    const id = nextId();
    waiting.push({ id, fields: new Map(fields), attempt: 0 });
    const reader = readers.shift();
    if (reader) reader.resolve(deliver(reader.consumer, reader.count));
    return id;
  }

  function deliver(consumer: string, count: number): LogEntry[] {
    const entries = waiting.slice(0, count).map((entry) => ({ ...entry, attempt: 1 }));
    waiting = waiting.slice(count);
    for (const entry of entries) pending.set(entry.id, { entry, consumer, touchedAt: now() });
    return entries;
  }

  function tell(): void {
    for (const watcher of watchers) watcher();
  }

  /** Pending entries of `consumer` among `ids`. */
  function owned(consumer: string, ids: readonly string[]): [string, Held][] {
    return ids.flatMap((id) => {
      const one = pending.get(id);
      return one?.consumer === consumer ? [[id, one] as [string, Held]] : [];
    });
  }

  function settle(entry: LogEntry, { replies: toSend, deadLetter, isDone }: Settlement): void {
    for (const reply of toSend) replies.send(reply);
    if (deadLetter) {
      const { id: originalId, attempt } = entry;
      const fields = keptFields(entry.fields);
      const about = { originalStream: settings.stream, originalId, attempt, fields };
      letters.unshift({ id: nextId(), ...deadLetter, ...about, at: new Date(now()) });
      letters = letters.slice(0, settings.maxDeadLetters);
    }
    if (isDone && !pending.delete(entry.id)) parking.delete(entry.id);
  }

  return {
    append: async (fields: Fields) => append(toFieldMap(fields)),
    read: async ({ consumer, count, blockMs, signal }) => {
      seen.set(consumer, now());
      if (waiting.length > 0 || count === 0) return deliver(consumer, count);
      if (signal.aborted || blockMs <= 0) return [];
      return waitForEntries(readers, { consumer, count, blockMs, signal });
    },
    reclaim: async ({ consumer, count, minIdleMs }) => {
      seen.set(consumer, now());
      const idle = [...pending.values()].filter(({ touchedAt }) => now() - touchedAt >= minIdleMs);
      const entries = idle.slice(0, count).map(({ entry }) => {
        const redelivered = { ...entry, attempt: entry.attempt + 1 };
        pending.set(entry.id, { entry: redelivered, consumer, touchedAt: now() });
        return redelivered;
      });
      return { entries, lost: [] };
    },
    touch: async (consumer, ids) => {
      seen.set(consumer, now());
      return owned(consumer, ids).map(([id, one]) => {
        one.touchedAt = now();
        return id;
      });
    },
    giveBack: async (consumer, ids) => {
      const given = owned(consumer, ids);
      for (const [, one] of given) one.touchedAt = Number.NEGATIVE_INFINITY;
      if (given.length > 0) tell();
    },
    park: async (consumer, tenant, ids) => {
      const own = owned(consumer, ids);
      for (const [id, { entry }] of own) {
        pending.delete(id);
        parking.add(tenant, entry);
      }
      if (own.length > 0) tell();
    },
    unpark: async ({ consumer, count, rooms }) => {
      seen.set(consumer, now());
      const taken = parking.take(count, rooms);
      for (const { entry } of taken) pending.set(entry.id, { entry, consumer, touchedAt: now() });
      return { entries: taken, lost: [], tenants: parking.tenants() };
    },
    watchGivenBack: (onGivenBack) => {
      const watcher = () => onGivenBack();
      watchers.add(watcher);
      return { [Symbol.asyncDispose]: async () => void watchers.delete(watcher) };
    },
    settle: async (entry, settlement) => settle(entry, settlement),
    depth: async () => {
      const [oldest] = [...pending.keys()].sort(byId);
      return {
        lag: waiting.length + parking.size(),
        pending: pending.size,
        oldestPendingMs:
          oldest === undefined ? null : Math.max(0, now() - Number.parseInt(oldest, 10)),
        deadLetters: letters.length,
      };
    },
    leave: async (consumer) => {
      if (isBusy(pending, consumer)) return false;
      return seen.delete(consumer) || true;
    },
    reapConsumers: async (minIdleMs) => {
      const silent = [...seen].filter(
        ([name, at]) => now() - at >= minIdleMs && !isBusy(pending, name),
      );
      for (const [name] of silent) seen.delete(name);
      return silent.length;
    },
    listDeadLetters: async ({ first, after }) => {
      const older = after === null ? letters : letters.filter(({ id }) => byId(id, after) < 0);
      return older.slice(0, first).map(copied);
    },
    findDeadLetter: async (id) => {
      const letter = letters.find((one) => one.id === id);
      return letter ? copied(letter) : null;
    },
    replayDeadLetter: async (id) => {
      const letter = letters.find((one) => one.id === id);
      if (!letter) return null;
      assertReplayable(letter);
      const appended = append(letter.fields);
      letters = letters.filter((one) => one !== letter);
      return appended;
    },
  };
}

function waitForEntries(
  readers: Reading[],
  { consumer, count, blockMs, signal }: Parameters<RequestLog['read']>[0],
): Promise<LogEntry[]> {
  return new Promise((done) => {
    const end = (entries: LogEntry[]) => {
      clearTimeout(timer);
      signal.removeEventListener('abort', stop);
      const index = readers.indexOf(reading);
      if (index >= 0) readers.splice(index, 1);
      done(entries);
    };
    const stop = () => end([]);
    const reading: Reading = { consumer, count, resolve: end };
    const timer = setTimeout(stop, blockMs);
    signal.addEventListener('abort', stop);
    readers.push(reading);
  });
}

function copied(letter: DeadLetter): DeadLetter {
  return { ...letter, fields: new Map(letter.fields) };
}

function isBusy(pending: ReadonlyMap<string, Held>, consumer: string): boolean {
  for (const one of pending.values()) if (one.consumer === consumer) return true;
  return false;
}

/** Ids as Redis gives them: milliseconds, then a number within them. */
function createIds(now: () => number): () => string {
  let lastMs = 0;
  let sequence = 0;
  return () => {
    const ms = Math.max(lastMs, Math.floor(now()));
    sequence = ms === lastMs ? sequence + 1 : 0;
    lastMs = ms;
    return `${ms}-${sequence}`;
  };
}
