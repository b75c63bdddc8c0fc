export type Usage = { rssBytes: number; heapUsedBytes: number };

/** The memory of this process after its garbage is collected. Needs `--expose-gc`. */
export function readUsage(): Usage {
  globalThis.gc?.();
  globalThis.gc?.();
  const { rss, heapUsed } = process.memoryUsage();
  return { rssBytes: rss, heapUsedBytes: heapUsed };
}

/** Processor time that this process has taken, in milliseconds. */
export function readCpu(): { cpuMs: number } {
  const { user, system } = process.cpuUsage();
  return { cpuMs: (user + system) / 1e3 };
}
