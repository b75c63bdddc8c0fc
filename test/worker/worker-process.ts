import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { basename, dirname, join } from 'node:path';
import { freePort } from '../support/free-port.js';

export type WorkerProcess = AsyncDisposable & {
  pid: number;
  /** Serves `/healthz` and `/readyz`. */
  health: string;
  /** Lines of its log so far, parsed; what is no JSON is `{ msg }`. */
  log(): LogLine[];
  signal(signal: NodeJS.Signals): void;
  /** Sends the signal and waits for the end; the exit status, or null when a signal ended it. */
  end(signal: NodeJS.Signals): Promise<number | null>;
  /** The exit status, when it has ended. */
  ended: Promise<number | null>;
};

export type LogLine = { msg: string; level: string | number; [key: string]: unknown };

export type WorkerStart = {
  env: Record<string, string>;
  /** JavaScript that the process runs before its own: a fault that no signal can bring. */
  preload?: string;
  /** Resolves at once instead of when `/readyz` answers 200. */
  isAwaited?: boolean;
};

const above = join(import.meta.dirname, '..', '..');
/** Compiled, this file lies a folder deeper. */
const root = basename(above) === 'dist' ? dirname(above) : above;

/** The compiled worker as a process of its own, as `npm run worker` runs it. */
export async function startWorkerProcess(start: WorkerStart): Promise<WorkerProcess> {
  const port = start.env.WORKER_HEALTH_PORT ?? String(await freePort());
  const imports = start.preload
    ? ['--import', `data:text/javascript,${encodeURIComponent(start.preload)}`]
    : [];
  const child = spawn(process.execPath, [...imports, join(root, 'dist/src/main.js'), 'worker'], {
    cwd: root,
    env: { PATH: process.env.PATH, ...start.env, WORKER_HEALTH_PORT: port },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const chunks: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk: string) => chunks.push(chunk));
  }
  const ended = once(child, 'exit').then(([status]: (number | null)[]) => status ?? null);
  const isOver = () => child.exitCode !== null || child.signalCode !== null;
  const end = async (signal: NodeJS.Signals) => {
    if (!isOver()) child.kill(signal);
    return ended;
  };
  const worker: WorkerProcess = {
    pid: child.pid ?? 0,
    health: `http://127.0.0.1:${port}`,
    log: () => chunks.join('').split('\n').filter(Boolean).map(toLogLine),
    signal: (signal) => void child.kill(signal),
    ...{ end, ended },
    [Symbol.asyncDispose]: async () => {
      await end('SIGKILL');
    },
  };
  if (start.isAwaited === false) return worker;
  for (let attempt = 0; attempt < 600 && !isOver(); attempt += 1) {
    if (await isReady(worker)) return worker;
    await new Promise((done) => setTimeout(done, 50));
  }
  await end('SIGKILL');
  throw new Error(`The worker was not ready in time:\n${chunks.join('')}`);
}

/** Whether `/readyz` answers 200. */
export async function isReady({ health }: Pick<WorkerProcess, 'health'>): Promise<boolean> {
  const answer = await fetch(`${health}/readyz`).catch(() => null);
  await answer?.body?.cancel();
  return answer?.ok ?? false;
}

function toLogLine(line: string): LogLine {
  try {
    return JSON.parse(line) as LogLine;
  } catch {
    return { msg: line, level: '' };
  }
}
