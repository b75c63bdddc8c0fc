import { describe, expect, it } from 'vitest';
import { maxOfTier, planTiers } from './plan-tiers.js';

/** A term as important as told, with the lexemes that stand for it and how many tools have each. */
function aTerm(importance: number, lexemes: Record<string, number>, factors: number[] = []) {
  const stems = Object.keys(lexemes).filter((lexeme) => !lexeme.endsWith('.'));
  return {
    ...{ word: stems[0] ?? '', stem: stems[0] ?? '', weight: 1, importance },
    stems: new Map(stems.map((stem, at) => [stem, factors[at] ?? 1])),
    counts: new Map(Object.entries(lexemes)),
  };
}

type Term = ReturnType<typeof aTerm>;

/** All that the vocabulary counts is known of every term. */
function plan(...terms: Term[]) {
  const counts = new Map(terms.flatMap((term) => [...term.counts]));
  return planTiers(terms.map((term) => ({ ...term, counts })));
}

const queries = (...terms: Term[]) => plan(...terms).map(({ query }) => query);

describe('the tools that are looked for', () => {
  it('have all words in their heads, then anywhere, then less and less of them', () => {
    const refund = aTerm(4, { refund: 900, 'refund.': 700 });
    const payment = aTerm(3, { payment: 800, 'payment.': 600 });
    const list = aTerm(0.5, { list: 2000, 'list.': 1500 });
    expect(queries(list, refund, payment)).toEqual([
      "('refund.')&('payment.')&('list.')",
      "('refund')&('payment')&('list')",
      "('refund')&('payment')",
      "('refund')",
      "(('refund')|('payment'))",
      "('payment')",
      "('list')",
    ]);
  });

  it('need not have in their heads what no head has', () => {
    const workflow = aTerm(4, { workflow: 900, 'workflow.': 700 });
    const hand = aTerm(3, { hand: 500 });
    expect(queries(workflow, hand)[0]).toBe("('workflow.')");
    expect(queries(aTerm(2, { workflow: 900, 'workflow.': 700 }), hand)[0]).toBe(
      "('hand')&('workflow')",
    );
  });

  it('need not have what is hardly anything of the question', () => {
    const found = queries(aTerm(9, { coupon: 900 }), aTerm(0.1, { create: 4000 }));
    expect(found[0]).toBe("('coupon')");
  });

  it('are looked for in one step where there are few of them', () => {
    const found = queries(aTerm(4, { zeppelin: maxOfTier }), aTerm(3, { list: 4000 }));
    expect(found).toEqual(["('zeppelin')", "(('zeppelin')|('list'))", "('list')"]);
    const many = queries(aTerm(4, { zeppelin: maxOfTier + 1 }), aTerm(3, { list: 4000 }));
    expect(many[0]).toBe("('zeppelin')&('list')");
  });

  it('have a rare word where the question has one', () => {
    const found = queries(aTerm(4, { user: 300_000 }), aTerm(3, { zeppelin: 5000 }));
    expect(found).toEqual([
      "('user')&('zeppelin')",
      "(('user')&('zeppelin')|('zeppelin'))",
      "('zeppelin')",
    ]);
    expect(queries(aTerm(4, { user: 300_000 }))).toEqual(["('user')"]);
  });

  it('have the likest words first where those are common, and what else stands for them later', () => {
    const remove = aTerm(4, { delete: 30_000, remove: 140_000, cancel: 50_000 }, [0.7, 1, 0.4]);
    const [first, second] = queries(remove, aTerm(3, { user: 300_000 }));
    expect(first).toBe("('remove')&('user')");
    expect(second).toBe("('remove'|'delete'|'cancel')&('user')");
  });

  it('have no more than a few of the words that stand for a common one', () => {
    const counts = Array.from({ length: 20 }, (_, at) => [`w${at}`, 10_000 + at] as const);
    const [first] = queries(aTerm(4, Object.fromEntries(counts)));
    expect(first?.match(/'w\d+'/g)).toEqual(
      counts
        .slice(-8)
        .map(([word]) => `'${word}'`)
        .reverse(),
    );
    const rare = counts.map(([word]) => [word, 1000] as const);
    expect(queries(aTerm(4, Object.fromEntries(rare)))[0]?.match(/'w\d+'/g)).toHaveLength(20);
  });

  it('are fewer where a step would find a great many', () => {
    const bounds = plan(aTerm(4, { user: 300_000 }), aTerm(3, { zeppelin: 5000 })).map(
      ({ bound }) => bound,
    );
    expect(bounds).toEqual([100, 60, 60]);
    expect(plan(aTerm(4, { user: 300_000 }))[0]?.bound).toBe(20);
  });

  it('are none for words that nothing can be looked up by', () => {
    expect(plan()).toEqual([]);
    expect(plan(aTerm(1, { user: 10 }, [0.2]))).toEqual([]);
    expect(plan(aTerm(1, { 'get.m': 10 }))).toEqual([]);
  });
});
