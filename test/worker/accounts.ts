import type { Oracle } from './oracle.js';
import { requestStream, type WireCaller } from './wire-caller.js';

/** Tools of the oracle that may have their effect once at most. */
const unsafeTools = new Set([
  ...['make', 'broken', 'forbidden', 'unwilling', 'failing', 'slow', 'cut', 'held'],
]);

/** Names that stay without an end: the streams, and what says which catalog is current. */
const lasting = [
  ...[requestStream, 'sg:stream:dlq', 'sg:tools:catalog:seq', 'sg:tools:catalog:current'],
];

/** How many requests are with a worker, and how many wait for one: unread, or parked. */
export async function depthOf({ redis }: WireCaller): Promise<{ pending: number; lag: number }> {
  const consumers = (await redis
    .xinfo('CONSUMERS', requestStream, 'sg:tools')
    .catch(() => [])) as unknown[][];
  const groups = (await redis.xinfo('GROUPS', requestStream).catch(() => [])) as unknown[][];
  const group = groups.find((one) => fieldOf(one, 'name') === 'sg:tools');
  const isParked = (one: unknown[]) => String(fieldOf(one, 'name')).startsWith('parked:');
  const pendingOf = (some: unknown[][]) =>
    some.reduce((sum, one) => sum + Number(fieldOf(one, 'pending')), 0);
  // Not the group's `lag`, which is too high after a restart from an append-only file.
  const held = Number(group ? fieldOf(group, 'pending') : 0);
  const unheld = Math.max(0, (await redis.xlen(requestStream)) - held);
  return {
    pending: pendingOf(consumers.filter((one) => !isParked(one))),
    lag: unheld + pendingOf(consumers.filter(isParked)),
  };
}

const fieldOf = (flat: unknown[], name: string) => flat[flat.indexOf(name) + 1] ?? 0;

/** What Redis itself says of the request stream, for somebody who wants to know what is left in it. */
export async function describeStream({ redis }: WireCaller): Promise<string> {
  const [stream, groups, consumers] = await Promise.all([
    redis.xinfo('STREAM', requestStream),
    redis.xinfo('GROUPS', requestStream),
    redis.xinfo('CONSUMERS', requestStream, 'sg:tools'),
  ]);
  return JSON.stringify({ stream, groups, consumers }, null, 1);
}

/** What was asked and is neither answered nor put aside: correlation ids. */
export async function findUnanswered(caller: WireCaller): Promise<string[]> {
  const open = caller.asked
    .filter((one) => one.replyTo === caller.replyTo)
    .filter((one) => caller.answersSoFar(one).length === 0);
  if (open.length === 0) return [];
  const aside = new Set((await caller.deadLetters()).map((letter) => letter.original_msg_id));
  return open.filter((one) => !aside.has(one.entryId)).map(({ correlationId }) => correlationId);
}

/** Keys of unsafe tools whose effect happened more than once. */
export function findDoubled({ effects }: Oracle): string[] {
  const counts = new Map<string, number>();
  for (const { tool, key } of effects) {
    if (!unsafeTools.has(tool)) continue;
    counts.set(`${tool} ${key}`, (counts.get(`${tool} ${key}`) ?? 0) + 1);
  }
  return [...counts].filter(([, count]) => count > 1).map(([name, count]) => `${name}: ${count}`);
}

/** Keys that nothing ends, but those that are meant to stay. */
export async function findEndless({ redis }: WireCaller): Promise<string[]> {
  const current = await redis.get('sg:tools:catalog:current');
  const allowed = new Set([...lasting, `sg:tools:catalog:v${current}`]);
  const endless: string[] = [];
  for (const key of await redis.keys('*')) {
    if (!allowed.has(key) && (await redis.pttl(key)) === -1) endless.push(key);
  }
  return endless;
}
