import type { Redis } from 'ioredis';
import { AppError } from '../../errors.js';
import type { Logger } from '../../logger.js';
import { toBuffer } from '../fields.js';
import { assertReplayable, keptFields } from '../kept-fields.js';
import type { DeadLetter, LogEntry, RequestLog, Settlement, Unparked } from '../request-log.js';
import type { MessagingSettings } from '../settings.js';
import type { BlockingReader } from './blocking-reader.js';
import { readLetter, toLetterFields } from './dead-letter-fields.js';
import {
  appendScript,
  depthScript,
  giveBackScript,
  leaveScript,
  parkedPrefix,
  parkScript,
  reapScript,
  reclaimScript,
  replayScript,
  touchScript,
  unparkScript,
} from './log-scripts.js';
import { ask, toRedisError } from './redis-client.js';
import { asEntry, asList, asNumber, asText } from './replies.js';
import { runScript, type Script, type ScriptValue } from './run-script.js';
import { settleScript } from './settle-script.js';
import type { Subscriber } from './subscriber.js';

export type RedisRequestLogParts = {
  client: Redis;
  reader: BlockingReader;
  subscriber: Subscriber;
  settings: MessagingSettings;
  logger: Logger;
};

export type RedisRequestLog = RequestLog & {
  /** KEYS and ARGV of a settlement, as `settleFunction` reads them. */
  toSettling(entry: LogEntry, settlement: Settlement): { keys: string[]; args: ScriptValue[] };
  /** What the settlement answered: puts an entry aside whose replies cannot be sent. */
  afterSettling(
    entry: LogEntry,
    settlement: Settlement,
    options: { answer: unknown; tenant: string | null },
  ): Promise<void>;
};

/** The requests of a Redis stream and its consumer group. */
export function createRedisRequestLog(parts: RedisRequestLogParts): RedisRequestLog {
  const { client, reader, subscriber, settings, logger } = parts;
  const { stream, group, deadLetterStream, maxLag } = settings;
  const givenBack = `${settings.keyPrefix}given-back`;

  /** Runs a script on the stream; where the group is gone, again with a new one that begins with the oldest entry. */
  async function onGroup(script: Script, args: ScriptValue[], keys: string[] = []) {
    return withGroup(() => runScript(client, script, [stream, ...keys], args));
  }

  async function withGroup<Result>(act: () => Promise<Result>): Promise<Result> {
    try {
      return await act();
    } catch (error) {
      if (!isGroupGone(error)) throw error;
      await createGroup(client, stream, group);
      return act();
    }
  }

  function toSettling(entry: LogEntry, settlement: Settlement) {
    const { replies, deadLetter, isDone } = settlement;
    const letter = deadLetter ? toLetterFields(toLetter(entry, deadLetter)) : [];
    const { maxReplies, replyKeepMs, maxDeadLetters } = settings;
    const args: ScriptValue[] = [group, entry.id, isDone ? '1' : '0', maxReplies, replyKeepMs];
    args.push(maxDeadLetters, letter.length, ...letter);
    for (const { fields } of replies) {
      const flat = Object.entries(fields).flatMap(([name, value]) => [name, toValue(value)]);
      args.push(flat.length, ...flat);
    }
    return { keys: [stream, deadLetterStream, ...replies.map(({ replyTo }) => replyTo)], args };
  }

  function toLetter(entry: LogEntry, letter: NonNullable<Settlement['deadLetter']>) {
    const about = { originalStream: stream, originalId: entry.id, attempt: entry.attempt };
    return { ...letter, ...about, fields: keptFields(entry.fields), at: new Date() };
  }

  async function settle(entry: LogEntry, settlement: Settlement, tenant: string | null) {
    const { keys, args } = toSettling(entry, settlement);
    const answer = await runScript(client, settleScript, keys, args);
    await afterSettling(entry, settlement, { answer, tenant });
  }

  async function afterSettling(
    entry: LogEntry,
    { replies, deadLetter, isDone }: Settlement,
    { answer, tenant }: { answer: unknown; tenant: string | null },
  ): Promise<void> {
    const failed = asList(answer).map(asNumber);
    if (failed.length === 0) return;
    const streams = failed.map((index) => replies[index]?.replyTo);
    logger.warn(
      { entryId: entry.id, streams },
      'an answer cannot be sent: its stream is no stream',
    );
    const error = 'The answer cannot be sent: what reply_to names is not a stream.';
    const letter = deadLetter ?? { reason: 'unanswerable', error, tenant, traceId: '' };
    await settle(entry, { replies: [], deadLetter: isDone ? letter : undefined, isDone }, tenant);
  }

  function admitted(answer: unknown): string {
    if (typeof answer !== 'number') return asText(answer);
    throw new AppError(
      'LIMIT_EXCEEDED',
      `${answer} requests wait already; the limit is ${maxLag}. Try again later.`,
    );
  }

  async function findDeadLetter(id: string): Promise<DeadLetter | null> {
    if (!/^\d+-\d+$/.test(id)) return null;
    const [found] = asList(await ask(client, 'XRANGE', [deadLetterStream, id, id]));
    const letter = found === undefined ? null : readLetter(asEntry(found));
    return letter?.originalStream === stream ? letter : null;
  }

  return {
    toSettling,
    afterSettling,
    append: async (fields) => {
      const flat = Object.entries(fields).flatMap(([name, value]) => [name, toValue(value)]);
      return admitted(await runScript(client, appendScript, [stream], [group, maxLag, ...flat]));
    },
    read: async ({ consumer, count, blockMs, signal }) => {
      const args = ['GROUP', group, consumer, 'COUNT', count];
      // 0 would block for ever.
      if (blockMs > 0) args.push('BLOCK', blockMs);
      args.push('STREAMS', stream, '>');
      const answer = await withGroup(() => reader.read('XREADGROUP', args, { blockMs, signal }));
      return readEntries(answer);
    },
    reclaim: async ({ consumer, count, minIdleMs }) => {
      const answer = await onGroup(reclaimScript, [group, consumer, minIdleMs, count]);
      const [entries, lost] = asList(answer);
      return {
        entries: asList(entries).map(readDelivered),
        lost: asList(lost).map(asText),
      };
    },
    touch: async (consumer, ids) => {
      if (ids.length === 0) return [];
      return asList(await onGroup(touchScript, [group, consumer, ...ids])).map(asText);
    },
    giveBack: async (consumer, ids) => {
      if (ids.length > 0) await onGroup(giveBackScript, [group, consumer, givenBack, ...ids]);
    },
    watchGivenBack: (onGivenBack) => subscriber.subscribe(givenBack, onGivenBack),
    park: async (consumer, tenant, ids) => {
      if (ids.length === 0) return;
      await onGroup(parkScript, [group, consumer, toParking(tenant), givenBack, ...ids]);
    },
    unpark: async ({ consumer, count, rooms }) => {
      const named = [...rooms.of].flatMap(([tenant, room]) => [toParking(tenant), room]);
      const args = [group, consumer, count, rooms.each, ...named];
      return readUnparked(await onGroup(unparkScript, args));
    },
    settle: (entry, settlement) => settle(entry, settlement, null),
    depth: async () => {
      const answer = await onGroup(depthScript, [group], [deadLetterStream]);
      const [lag = 0, pending = 0, age = 0, deadLetters = 0] = asList(answer).map(asNumber);
      return { lag, pending, oldestPendingMs: age < 0 ? null : age, deadLetters };
    },
    leave: async (consumer) => asNumber(await onGroup(leaveScript, [group, consumer])) === 1,
    reapConsumers: async (minIdleMs) => asNumber(await onGroup(reapScript, [group, minIdleMs])),
    listDeadLetters: (page) => listLetters(client, settings, page),
    findDeadLetter,
    replayDeadLetter: async (id) => {
      const letter = await findDeadLetter(id);
      if (!letter) return null;
      assertReplayable(letter);
      const flat = [...letter.fields].flatMap(([name, value]) => [name, toBuffer(value)]);
      const args = [id, group, maxLag, ...flat];
      const answer = await runScript(client, replayScript, [stream, deadLetterStream], args);
      return answer === null ? null : admitted(answer);
    },
  };
}

/** Letters of this stream alone: others may write theirs to the same place. */
async function listLetters(
  client: Redis,
  { stream, deadLetterStream }: MessagingSettings,
  { first, after }: { first: number; after: string | null },
): Promise<DeadLetter[]> {
  const letters: DeadLetter[] = [];
  for (let end = after === null ? '+' : `(${after}`; letters.length < first; ) {
    const page = asList(
      await ask(client, 'XREVRANGE', [deadLetterStream, end, '-', 'COUNT', first]),
    ).map(asEntry);
    const own = page.map(readLetter).filter(({ originalStream }) => originalStream === stream);
    letters.push(...own);
    const last = page.at(-1);
    if (!last || page.length < first) break;
    end = `(${last.id}`;
  }
  return letters.slice(0, first);
}

async function createGroup(client: Redis, stream: string, group: string): Promise<void> {
  try {
    // From the first entry on: `$` would leave what waits already.
    await client.callBuffer('XGROUP', ['CREATE', stream, group, '0', 'MKSTREAM']);
  } catch (error) {
    if (!(error instanceof Error && error.message.startsWith('BUSYGROUP'))) {
      throw toRedisError(error);
    }
  }
}

/** The stream, or its group, was removed; also under a read that waited. */
function isGroupGone(error: unknown): boolean {
  if (!(error instanceof AppError)) return false;
  return ['NOGROUP', 'UNBLOCKED', 'no such key'].some((part) => error.message.includes(part));
}

function readEntries(answer: unknown): LogEntry[] {
  if (answer === null) return [];
  const [read] = asList(answer);
  const [, entries] = asList(read);
  return asList(entries).map(toFirstDelivery);
}

/** `[id, fields]` of an entry that nobody had before. */
export function toFirstDelivery(value: unknown): LogEntry {
  return { ...asEntry(value), attempt: 1 };
}

/** `[id, fields, deliveries]` */
function readDelivered(value: unknown): LogEntry {
  const [, , attempt] = asList(value);
  return { ...asEntry(value), attempt: asNumber(attempt) };
}

function readUnparked(answer: unknown): Unparked {
  const [entries, lost, tenants] = asList(answer);
  return {
    entries: asList(entries).map((value) => {
      const [, , , parking] = asList(value);
      return { entry: readDelivered(value), tenant: readParking(asText(parking)) };
    }),
    lost: asList(lost).map(asText),
    tenants: asList(tenants).map((parking) => readParking(asText(parking))),
  };
}

/** Names without spaces and line breaks, whatever tenants are called. */
function toParking(tenant: string): string {
  return `${parkedPrefix}${encodeURIComponent(tenant.toWellFormed())}`;
}

function readParking(name: string): string {
  const encoded = name.slice(parkedPrefix.length);
  try {
    return decodeURIComponent(encoded);
  } catch {
    // Not ours; whoever takes its entries finds out whose they are.
    return encoded;
  }
}

function toValue(value: string | Uint8Array): string | Buffer {
  return typeof value === 'string' ? value : toBuffer(value);
}
