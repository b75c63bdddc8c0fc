import type { AtiCaller } from '../access/ati/ati-caller.js';
import { matchesPattern, scopeOfTool } from '../access/ati/match-scope.js';
import type { RateRule } from '../access/ati/parse-rates.js';
import { AppError } from '../errors.js';
import { RecentMap } from '../lib/recent-map.js';

/** Calls close together in time, counted as made at `atMs`, the last of them. */
type Calls = { atMs: number; count: number };
type Window = { calls: Calls[]; total: number };

/** Pieces that a window is counted in: what a window takes of memory does not grow with its limit. */
const pieces = 1000;

/**
 * Counts calls in sliding windows, for each tenant, subject and pattern by itself. In the memory of one process: with
 * several replicas each counts what it serves.
 */
export class RateLimits {
  private readonly windows: RecentMap<string, Window>;

  constructor(maxWindows = 100_000) {
    this.windows = new RecentMap(maxWindows);
  }

  /**
   * Counts one call of a tool under every rule that matches it, or under none. Throws LIMIT_EXCEEDED with
   * `details.retryAfterSeconds` where a rule has no room.
   */
  take({ actor, agentId, rates }: AtiCaller, toolName: string, now: Date): void {
    const nowMs = now.getTime();
    const matching = rates.filter(({ pattern }) => matchesPattern(pattern, scopeOfTool(toolName)));
    const windows = matching.map((rule) => {
      const subject = actor.subject ?? agentId;
      const key = JSON.stringify([actor.tenant, subject, rule.pattern, rule.windowMs]);
      const window = this.windows.get(key) ?? { calls: [], total: 0 };
      forget(window, nowMs - rule.windowMs);
      if (window.total >= rule.limit) throw refusal(rule, window, nowMs);
      return { key, window, rule };
    });
    for (const { key, window, rule } of windows) {
      add(window, nowMs, rule.windowMs / pieces);
      this.windows.set(key, window);
    }
  }
}

function forget(window: Window, untilMs: number): void {
  const first = window.calls.findIndex(({ atMs }) => atMs > untilMs);
  const gone = window.calls.splice(0, first < 0 ? window.calls.length : first);
  for (const { count } of gone) window.total -= count;
}

function add(window: Window, nowMs: number, pieceMs: number): void {
  const last = window.calls.at(-1);
  // Joined calls count for as long as the last of them.
  if (last && Math.floor(last.atMs / pieceMs) === Math.floor(nowMs / pieceMs)) {
    last.atMs = nowMs;
    last.count += 1;
  } else window.calls.push({ atMs: nowMs, count: 1 });
  window.total += 1;
}

function refusal({ pattern, limit, windowMs, window }: RateRule, used: Window, nowMs: number) {
  const oldest = used.calls[0]?.atMs ?? nowMs;
  const message = `Rate limit exceeded for '${pattern}': ${used.total}/${window} (limit: ${limit}/${window})`;
  const retryAfterSeconds = Math.max(1, Math.ceil((oldest + windowMs - nowMs) / 1000));
  return new AppError('LIMIT_EXCEEDED', message, { pattern, retryAfterSeconds });
}
