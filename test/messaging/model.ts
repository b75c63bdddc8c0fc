import fc from 'fast-check';
import { expect } from 'vitest';
import type { Subject } from './contract.js';
import {
  aWorld,
  beat,
  complete,
  finishAndDie,
  type Held,
  isUnsafe,
  keys,
  parkOne,
  readOne,
  release,
  replyTo,
  start,
  submit,
  sweep,
  toKey,
  unparkOne,
  type World,
} from './model-worker.js';

type Step =
  | { kind: 'submit'; key: number }
  | { kind: 'read' | 'park' | 'unpark' | 'sweep' | 'expire' | 'restart' }
  | {
      kind: 'start' | 'beat' | 'complete' | 'finish and die' | 'release' | 'crash';
      holder: number;
    };

const holder = fc.nat({ max: 7 });
const anyStep: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('submit'), key: fc.nat(keys - 1) }) },
  { weight: 4, arbitrary: fc.constant({ kind: 'read' } as const) },
  { weight: 3, arbitrary: fc.constantFrom({ kind: 'park' }, { kind: 'unpark' }) },
  { weight: 3, arbitrary: fc.constantFrom({ kind: 'sweep' }, { kind: 'expire' }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'restart' } as const) },
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constantFrom('start', 'beat', 'complete', 'finish and die', 'release', 'crash'),
      holder,
    }),
  },
) as fc.Arbitrary<Step>;

const byHolder = { start, beat, complete, 'finish and die': finishAndDie, release } as const;

/**
 * Any order of submissions, deliveries, parkings, crashes, pauses past the lease, releases and ends, against one adapter. Each step does
 * what the model says; in the end everybody has an answer, unsafe effects are one, nothing is pending.
 */
export async function checkModel(
  open: () => Promise<Subject>,
  options: { numRuns: number },
): Promise<void> {
  await fc.assert(
    fc.asyncProperty(fc.array(anyStep, { minLength: 10, maxLength: 60 }), async (steps) => {
      await using subject = await open();
      const world = aWorld(subject.messaging);
      for (const step of steps) await take(world, subject, step);
      await drain(world, subject);
      await checkEnd(world, subject);
    }),
    { ...options, timeout: 60_000 },
  );
}

async function take(world: World, subject: Subject, step: Step): Promise<void> {
  switch (step.kind) {
    case 'submit':
      return submit(world, step.key);
    case 'read':
      return readOne(world);
    case 'park':
      return parkOne(world);
    case 'unpark':
      return unparkOne(world);
    case 'sweep':
      return sweep(world);
    case 'expire':
      return expire(world, subject);
    case 'restart':
      return world.holders.clear();
    default: {
      const chosen = choose(world, step.holder);
      if (!chosen) return;
      if (step.kind === 'crash') world.holders.delete(chosen.id);
      else await byHolder[step.kind](world, chosen);
    }
  }
}

function choose({ holders }: World, index: number): Held | undefined {
  const all = [...holders.values()];
  return all[index % Math.max(all.length, 1)];
}

/** Everybody is silent for longer than the lease; whoever still lives may wake later. */
async function expire(world: World, subject: Subject): Promise<void> {
  for (const [key, job] of world.jobs.entries()) {
    if (job.state !== 'running') continue;
    await subject.endLease(toKey(key));
    job.isLeased = false;
  }
}

/** A worker that lives finishes all that is left. */
async function drain(world: World, subject: Subject): Promise<void> {
  world.holders.clear();
  for (let round = 0; round < 500; round += 1) {
    const { lag, pending } = await world.messaging.requests.depth();
    if (lag + pending === 0) return;
    await expire(world, subject);
    await readOne(world);
    await unparkOne(world);
    await sweep(world);
    for (const one of world.holders.values()) {
      await start(world, one);
      await complete(world, one);
    }
  }
  throw new Error('Something stays pending.');
}

async function checkEnd(world: World, subject: Subject): Promise<void> {
  const answered = new Set(
    (await subject.replies(replyTo)).map(({ correlationId }) => correlationId),
  );
  for (const [key, asked] of world.asked.entries()) {
    expect(asked.filter((id) => !answered.has(id))).toEqual([]);
    expect(world.completed[key]).toBe(asked.length > 0 ? 1 : 0);
    if (isUnsafe(key)) expect(world.effects[key]).toBeLessThanOrEqual(1);
  }
}
