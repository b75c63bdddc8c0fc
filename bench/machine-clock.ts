/**
 * Milliseconds on the monotonic clock of the machine. Unlike `performance.now()`, whose zero is the start of a process,
 * it may be compared between processes.
 */
export function machineMs(): number {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1e3 + nanoseconds / 1e6;
}
