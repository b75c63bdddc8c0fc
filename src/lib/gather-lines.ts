/** Where gathered lines go. */
export type LineSink = {
  readonly destroyed?: boolean;
  write(text: string): unknown;
  /** Writes what it still has, before it comes back. */
  flushSync(): void;
};

/** Takes lines one at a time. `flushSync` hands on what waits and has it written. */
export type GatheredLines = { write(line: string): void; flushSync(): void };

/** About so many characters wait at most. */
const maxWaiting = 32 * 1024;

/**
 * Hands lines on many at a time, at most `lingerMs` after they came, in their order: what writes them costs as much for one as
 * for a hundred. A process that ends by itself waits for that; at `process.exit` call `flushSync`.
 */
export function gatherLines(sink: LineSink, lingerMs: number): GatheredLines {
  let lines: string[] = [];
  let waiting = 0;
  let timer: NodeJS.Timeout | null = null;

  function handOn(): void {
    if (timer) clearTimeout(timer);
    timer = null;
    if (lines.length === 0) return;
    const text = lines.join('');
    lines = [];
    waiting = 0;
    if (!sink.destroyed) sink.write(text);
  }

  return {
    write: (line) => {
      lines.push(line);
      waiting += line.length;
      if (waiting >= maxWaiting) handOn();
      else timer ??= setTimeout(handOn, lingerMs);
    },
    flushSync: () => {
      handOn();
      if (!sink.destroyed) sink.flushSync();
    },
  };
}
