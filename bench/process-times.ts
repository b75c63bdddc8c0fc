import { readdirSync, readFileSync } from 'node:fs';

/** Processor time in µs since they started, of this process and those that it started, by name. */
export type ProcessTimes = Record<string, number>;

type Stat = { pid: number; parent: number; command: string; us: number };

/** Linux counts in hundredths of a second. */
const usPerTick = 10_000;

/** `names` of processes by their ids; others go by their command. Empty where there is no /proc. */
export function readProcessTimes(names: ReadonlyMap<number, string>): ProcessTimes {
  const stats = readStats();
  const own = new Set([process.pid]);
  // Children come after their parents, but for ids that were used again: a few rounds find all.
  for (let round = 0; round < 4; round += 1) {
    for (const { pid, parent } of stats) if (own.has(parent)) own.add(pid);
  }
  const times: ProcessTimes = {};
  for (const { pid, command, us } of stats) {
    if (!own.has(pid)) continue;
    const name = names.get(pid) ?? command;
    times[name] = (times[name] ?? 0) + us;
  }
  return times;
}

/** What was spent from one reading to another, for each of `count`. */
export function spentPerJob(
  before: ProcessTimes,
  after: ProcessTimes,
  count: number,
): ProcessTimes {
  return Object.fromEntries(
    Object.entries(after).map(([name, us]) => [name, (us - (before[name] ?? 0)) / count]),
  );
}

function readStats(): Stat[] {
  try {
    return readdirSync('/proc')
      .filter((entry) => /^\d+$/.test(entry))
      .flatMap((pid) => readStat(Number(pid)));
  } catch {
    return [];
  }
}

function readStat(pid: number): Stat[] {
  try {
    // pid (command) state ppid …; utime and stime are the 14th and 15th, see proc(5).
    const [, command = '', rest = ''] =
      /^\d+ \((.*)\) (.*)$/s.exec(readFileSync(`/proc/${pid}/stat`, 'utf8')) ?? [];
    const fields = rest.split(' ').map(Number);
    const ticks = (fields[11] ?? 0) + (fields[12] ?? 0);
    return [{ pid, parent: fields[1] ?? 0, command, us: ticks * usPerTick }];
  } catch {
    // It has ended.
    return [];
  }
}
