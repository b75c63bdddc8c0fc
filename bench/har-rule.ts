import type { Difference } from './har-wire.js';

/** A kind of difference and what the specifications say of it. */
export type Rule = {
  /** What was asked for. */
  asked: string;
  /** Who is right; `open` where no specification says. */
  right: 'ours' | 'theirs' | 'both' | 'open';
  /** By which section, and why. */
  because: string;
  applies(difference: Difference): boolean;
};

type Pattern = { group?: RegExp; value?: RegExp; piece?: RegExp; ours?: RegExp; theirs?: RegExp };

/** Every piece of a difference that is named has to match. */
export function where(pattern: Pattern): Rule['applies'] {
  const entries = Object.entries(pattern) as [keyof Pattern, RegExp][];
  return (difference) => entries.every(([key, expected]) => expected.test(difference[key]));
}
