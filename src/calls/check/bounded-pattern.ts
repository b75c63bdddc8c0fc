/** Steps of backtracking that one test may cost: a few milliseconds. */
const maxSteps = 1_000_000;
const maxTextLength = 100_000;
/** A pattern that may be tried on shorter texts only is not worth asserting. */
const minTextLength = 16;
const maxUnrolled = 8;

type TextTest = { test(text: string): boolean; toString(): string };

/**
 * A pattern of a document as a test that ends soon: a JavaScript expression has no time limit, and who writes the document
 * is not who pays. A pattern that may take exponentially long or that JavaScript does not take is not asserted, nor is
 * one on a text that is too long for it: the upstream judges those.
 */
export function boundedPattern(source: string, flags: string): TextTest {
  const maxLength = longestText(source);
  const expression = maxLength < minTextLength ? null : compile(source, flags);
  return {
    test: (text) => expression === null || text.length > maxLength || expression.test(text),
    toString: () => `/${source}/${flags}`,
  };
}

function compile(source: string, flags: string): RegExp | null {
  for (const attempt of [flags, '']) {
    try {
      return new RegExp(source, attempt);
    } catch {
      // Some patterns are valid only without the `u` flag.
    }
  }
  return null;
}

/** Ways to match: at most `choices` times the length of the text to the power of `loops`. */
type Cost = { choices: number; loops: number };

/** Characters of a text up to which a pattern ends soon, told conservatively from its form; 0 = never assert it. */
export function longestText(source: string): number {
  const cost = costOf(source);
  if (cost === null) return 0;
  const degree = cost.loops + (source.startsWith('^') ? 0 : 1);
  if (cost.choices > maxSteps) return 0;
  if (degree === 0) return maxTextLength;
  return Math.min(maxTextLength, Math.floor((maxSteps / cost.choices) ** (1 / degree)));
}

function costOf(source: string): Cost | null {
  const open: Cost[] = [{ choices: 1, loops: 0 }];
  let atom: Cost = { choices: 1, loops: 0 };
  for (let at = 0; at < source.length; ) {
    const group = open.at(-1);
    if (!group) return null;
    const quantifier = quantifierAt(source, at);
    if (quantifier) {
      if (!repeat(group, atom, quantifier)) return null;
      at += quantifier.length;
      atom = { choices: 1, loops: 0 };
      continue;
    }
    const character = source[at];
    atom = { choices: 1, loops: 0 };
    if (character === '\\') {
      if (/[1-9k]/.test(source[at + 1] ?? '')) return null;
      at += /^\\[pPu]\{[^}]*\}/.exec(source.slice(at, at + 64))?.[0].length ?? 2;
    } else if (character === '[') {
      at = endOfClass(source, at);
    } else if (character === '(') {
      open.push({ choices: 1, loops: 0 });
      at += source[at + 1] === '?' ? 2 : 1;
    } else if (character === ')') {
      atom = open.pop() ?? atom;
      const outer = open.at(-1);
      if (!outer) return null;
      outer.choices *= atom.choices;
      outer.loops += atom.loops;
      at += 1;
    } else {
      if (character === '|') group.choices *= 2;
      at += 1;
    }
  }
  return open.length === 1 ? (open[0] ?? null) : null;
}

/** Counts a quantifier; false where what it repeats has choices of its own and no small bound. */
function repeat(group: Cost, atom: Cost, { least, most }: Quantifier): boolean {
  if (atom.choices > 1 || atom.loops > 0) {
    if (most > maxUnrolled) return false;
    group.choices *= atom.choices ** (most - 1) * (most - least + 1);
    group.loops += atom.loops * (most - 1);
  } else if (most > 100) {
    group.loops += 1;
  } else {
    group.choices *= most - least + 1;
  }
  return true;
}

function endOfClass(source: string, start: number): number {
  for (let at = start + 1; at < source.length; at += 1) {
    if (source[at] === '\\') at += 1;
    else if (source[at] === ']') return at + 1;
  }
  return source.length;
}

type Quantifier = { length: number; least: number; most: number };

function quantifierAt(source: string, at: number): Quantifier | null {
  const found = /^(?:[*+?]|\{(\d+)(,?)(\d*)\})\??/.exec(source.slice(at, at + 32));
  if (!found) return null;
  const [{ length }, from, comma, to] = [found[0], found[1], found[2], found[3]];
  if (from === undefined) {
    const [sign] = found[0];
    return {
      length,
      least: sign === '+' ? 1 : 0,
      most: sign === '?' ? 1 : Number.POSITIVE_INFINITY,
    };
  }
  const least = Number(from);
  return { length, least, most: to ? Number(to) : comma ? Number.POSITIVE_INFINITY : least };
}
