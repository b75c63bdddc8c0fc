import { expect, it } from 'vitest';
import type { AtiCaller } from '../access/ati/ati-caller.js';
import { parseRates } from '../access/ati/parse-rates.js';
import { AppError } from '../errors.js';
import { RateLimits } from './rate-limits.js';

function aCaller(rate: Record<string, string>, subject = 'one', tenant = 'acme'): AtiCaller {
  const parsed = parseRates(rate);
  if ('problem' in parsed) throw new Error(parsed.problem);
  const actor = { tenant, app: null, subject, scopes: new Set<string>(), expiresAt: null };
  const origin = { jobId: null, sandboxId: null };
  return { actor, agentId: 'atlas', scopes: ['*'], rates: parsed.rules, origin };
}

const at = (ms: number) => new Date(1_700_000_000_000 + ms);

function refusalOf(take: () => void): AppError | null {
  try {
    take();
    return null;
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
}

it('lets so many through within any window, then says when to come again', () => {
  const limits = new RateLimits();
  const caller = aCaller({ 'tool:a:*': '2/m' });
  limits.take(caller, 'a:x', at(0));
  limits.take(caller, 'a:y', at(30_000));
  const refused = refusalOf(() => limits.take(caller, 'a:x', at(45_000)));
  expect(refused?.message).toBe("Rate limit exceeded for 'tool:a:*': 2/m (limit: 2/m)");
  expect(refused?.details.retryAfterSeconds).toBe(15);
  expect(refusalOf(() => limits.take(caller, 'a:x', at(60_000)))).toBeNull();
  expect(refusalOf(() => limits.take(caller, 'a:x', at(60_001)))).not.toBeNull();
});

it('counts each subject and each tenant by itself', () => {
  const limits = new RateLimits();
  const rate = { '*': '1/d' };
  for (const caller of [aCaller(rate), aCaller(rate, 'two'), aCaller(rate, 'one', 'other')]) {
    expect(refusalOf(() => limits.take(caller, 'a:x', at(0)))).toBeNull();
    expect(refusalOf(() => limits.take(caller, 'a:x', at(1)))).not.toBeNull();
  }
});

it('counts a refused call under no rule', () => {
  const limits = new RateLimits();
  const caller = aCaller({ 'tool:a:*': '2/h', 'tool:a:x': '1/s' });
  limits.take(caller, 'a:x', at(0));
  for (let ms = 1; ms < 100; ms += 1) refusalOf(() => limits.take(caller, 'a:x', at(ms)));
  expect(refusalOf(() => limits.take(caller, 'a:y', at(200)))).toBeNull();
});

it('lets nothing through with a limit of none, and others through where no rule matches', () => {
  const limits = new RateLimits();
  const caller = aCaller({ 'tool:a:*': '0/s', 'a:*': '0/s' });
  expect(refusalOf(() => limits.take(caller, 'a:x', at(0)))).not.toBeNull();
  expect(refusalOf(() => limits.take(caller, 'b:x', at(0)))).toBeNull();
});

it('never lets more through than the limit within a window, however they come', () => {
  const limits = new RateLimits();
  const caller = aCaller({ '*': '500/m' });
  const taken: number[] = [];
  for (let ms = 0; ms < 300_000; ms += 7) {
    if (!refusalOf(() => limits.take(caller, 'a:x', at(ms)))) taken.push(ms);
  }
  const most = Math.max(
    ...taken.map((from) => taken.filter((ms) => ms >= from && ms < from + 60_000).length),
  );
  expect(most).toBe(500);
});
