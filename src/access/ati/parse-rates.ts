/** How often tools whose scope a pattern matches may be called. */
export type RateRule = {
  /** Of scopes, such as `tool:github:*`. */
  pattern: string;
  limit: number;
  windowMs: number;
  /** As it was written: `10/hour`. */
  spec: string;
  /** The window's name: `hour`. */
  window: string;
};

const unitMs = new Map<string, number>();
for (const [names, ms] of [
  ['s sec second', 1000],
  ['m min minute', 60_000],
  ['h hr hour', 3_600_000],
  ['d day', 86_400_000],
] as const) {
  for (const name of names.split(' ')) unitMs.set(name, ms);
}

const maxRules = 100;
const maxLimit = 1_000_000_000;

/** The rules of `ati.rate`, or what is wrong with it as the end of a sentence: half a limit would be none. */
export function parseRates(rate: unknown): { rules: RateRule[] } | { problem: string } {
  if (rate === undefined || rate === null) return { rules: [] };
  if (typeof rate !== 'object' || Array.isArray(rate)) {
    return {
      problem: 'must be an object of pattern and limit, such as {"tool:github:*": "10/hour"}',
    };
  }
  const entries = Object.entries(rate);
  if (entries.length > maxRules) return { problem: `has more than ${maxRules} limits` };
  const rules: RateRule[] = [];
  for (const [pattern, spec] of entries) {
    const rule = parseRule(pattern, spec);
    if (!rule) return { problem: `has a limit that is none: expected "10/hour" (s, m, h or d)` };
    rules.push(rule);
  }
  return { rules };
}

function parseRule(pattern: string, spec: unknown): RateRule | null {
  const [, count, window] = /^(\d{1,10})\/([a-z]+)$/.exec(String(spec)) ?? [];
  const windowMs = unitMs.get(window ?? '');
  const limit = Number(count);
  if (typeof spec !== 'string' || window === undefined || windowMs === undefined) return null;
  return limit <= maxLimit ? { pattern, limit, windowMs, spec, window } : null;
}
