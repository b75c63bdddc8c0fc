import { monitorEventLoopDelay } from 'node:perf_hooks';
import { createApp } from '../src/app.js';
import { loadConfig } from '../src/config.js';
import { childArgument } from './run-child.js';

/** What the parent asks of this process, and what it answers. */
export type ServerQuestion = 'reset' | 'read' | 'end';
export type ServerAnswer = { url: string } | LoopReadings;
export type LoopReadings = {
  /** The longest that the event loop came late. */
  maxDelayMs: number;
  /** The most processor time of this thread between two turns: a delay without the waiting for a processor. */
  maxBusyMs: number;
  rssBytes: number;
};

// Granularity of the histogram: a delay shows when a timer of this period comes late.
const resolution = 1;

async function main(): Promise<void> {
  const env = childArgument<Record<string, string>>();
  const application = await createApp(loadConfig({ ...env, LOG_LEVEL: 'SILENT' }));
  const delay = monitorEventLoopDelay({ resolution });
  delay.enable();
  const busy = watchBusyTurns();
  const send = (message: ServerAnswer) => process.send?.(message);
  process.on('message', async (question: ServerQuestion) => {
    if (question === 'reset') {
      delay.reset();
      busy.maxMs = 0;
    }
    if (question === 'read') {
      const { rss } = process.memoryUsage();
      send({ maxDelayMs: delay.max / 1e6, maxBusyMs: busy.maxMs, rssBytes: rss });
    }
    if (question === 'end') {
      await application[Symbol.asyncDispose]();
      process.exit(0);
    }
  });
  send({ url: await application.server.listen({ port: 0, host: '127.0.0.1' }) });
}

function watchBusyTurns(): { maxMs: number } {
  const longest = { maxMs: 0 };
  let before = process.threadCpuUsage();
  setInterval(() => {
    const now = process.threadCpuUsage();
    const usedMs = (now.user + now.system - before.user - before.system) / 1e3;
    longest.maxMs = Math.max(longest.maxMs, usedMs);
    before = now;
  }, resolution);
  return longest;
}

await main();
