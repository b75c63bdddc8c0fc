import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { AppError } from '../errors.js';
import { type SpecJob, type SpecReply, unreadableSpec } from './spec-job.js';
import { type SpecMessage, unpackReply } from './spec-message.js';

export type SpecProcessOptions = {
  /** The compiled entry file. */
  entry: URL;
  /** Processes at most; each starts with the first job that finds no idle one. */
  processes: number;
  /** Jobs that may wait for a process. */
  maxQueued: number;
  /** Bound on one job, without the time that it waits. */
  timeoutMs: number;
  /** JavaScript heap of one process. */
  memoryMb: number;
};

export interface SpecProcesses extends AsyncDisposable {
  /**
   * Runs a job in a process. A document that takes too long or too much memory ends that one and is answered as
   * unreadable. Throws LIMIT_EXCEEDED when too many jobs wait, and the signal's reason when it aborts.
   */
  run(job: SpecJob, signal?: AbortSignal): Promise<SpecReply>;
}

type Task = {
  job: SpecJob;
  signal: AbortSignal | undefined;
  onAbort: () => void;
  resolve: (reply: SpecReply | Promise<SpecReply>) => void;
  reject: (reason: unknown) => void;
};

/**
 * Child processes, not threads: a heap that outgrows its limit inside a native call such as JSON.parse ends the whole
 * process that it is in, whatever limits a thread has.
 */
export function createSpecProcesses(options: SpecProcessOptions): SpecProcesses {
  return new ProcessPool(options);
}

class ProcessPool implements SpecProcesses {
  readonly #options: SpecProcessOptions;
  readonly #processes = new Set<SpecProcess>();
  #queue: Task[] = [];
  #isClosed = false;

  constructor(options: SpecProcessOptions) {
    this.#options = options;
  }

  async run(job: SpecJob, signal?: AbortSignal): Promise<SpecReply> {
    if (this.#isClosed) throw closed();
    signal?.throwIfAborted();
    if (this.#queue.length >= this.#options.maxQueued) {
      throw new AppError(
        'LIMIT_EXCEEDED',
        `${this.#queue.length} documents are waiting to be read already; try again later.`,
      );
    }
    const { promise, resolve, reject } = Promise.withResolvers<SpecReply>();
    const onAbort = (): void => this.#abort(task);
    const task: Task = { job, signal, onAbort, resolve, reject };
    signal?.addEventListener('abort', onAbort, { once: true });
    this.#queue.push(task);
    this.#startNext();
    return promise.finally(() => signal?.removeEventListener('abort', onAbort));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    for (const task of this.#queue.splice(0)) task.reject(closed());
    await Promise.all([...this.#processes].map((child) => child.stop(closed())));
  }

  #startNext(): void {
    while (this.#queue.length > 0) {
      const child = [...this.#processes].find(({ isIdle }) => isIdle) ?? this.#startProcess();
      const task = child === null ? undefined : this.#queue.shift();
      if (child === null || task === undefined) return;
      child.start(task);
    }
  }

  #startProcess(): SpecProcess | null {
    if (this.#processes.size >= this.#options.processes) return null;
    const child = new SpecProcess(this.#options, {
      onIdle: () => this.#startNext(),
      onExit: () => {
        this.#processes.delete(child);
        this.#startNext();
      },
    });
    this.#processes.add(child);
    return child;
  }

  #abort(task: Task): void {
    this.#queue = this.#queue.filter((waiting) => waiting !== task);
    task.reject(task.signal?.reason);
    for (const child of this.#processes) if (child.isRunning(task)) void child.stop(null);
  }
}

class SpecProcess {
  readonly #options: SpecProcessOptions;
  readonly #child: ChildProcess;
  readonly #onIdle: () => void;
  #task: Task | null = null;
  #timer: NodeJS.Timeout | undefined;
  #isStopping = false;

  constructor(options: SpecProcessOptions, hooks: { onIdle: () => void; onExit: () => void }) {
    this.#options = options;
    this.#onIdle = hooks.onIdle;
    this.#child = fork(options.entry, [], {
      serialization: 'advanced',
      execArgv: [`--max-old-space-size=${options.memoryMb}`],
      env: {},
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    });
    this.#child.on('message', (message) => this.#onMessage(message as SpecMessage));
    // What could not be sent to a child that is ending is told by its exit.
    this.#child.on('error', () => {});
    this.#child.on('exit', (_, signal) => {
      this.#isStopping = true;
      this.#onExit(signal);
      hooks.onExit();
    });
  }

  get isIdle(): boolean {
    return this.#task === null && !this.#isStopping;
  }

  isRunning(task: Task): boolean {
    return this.#task === task;
  }

  start(task: Task): void {
    this.#task = task;
    const { timeoutMs } = this.#options;
    this.#timer = setTimeout(() => this.#giveUp('READ_TIMEOUT', tooSlow(timeoutMs)), timeoutMs);
    this.#child.ref();
    this.#child.channel?.ref();
    this.#child.send(task.job);
  }

  /** Ends the process; a running task fails with `reason` unless that is null. */
  async stop(reason: Error | null): Promise<void> {
    this.#isStopping = true;
    this.#settle((task) => {
      if (reason !== null) task.reject(reason);
    });
    const { exitCode, signalCode } = this.#child;
    if (exitCode !== null || signalCode !== null) return;
    const exit = once(this.#child, 'exit');
    this.#child.ref();
    this.#child.kill('SIGKILL');
    await exit;
  }

  #onMessage(message: SpecMessage): void {
    // Unreferenced, an idle child does not keep this process alive.
    this.#child.unref();
    this.#child.channel?.unref();
    this.#settle((task) => task.resolve(unpackReply(message)));
    this.#onIdle();
  }

  #onExit(signal: NodeJS.Signals | null): void {
    const { memoryMb } = this.#options;
    if (signal !== null) this.#giveUp('OUT_OF_MEMORY', tooLarge(memoryMb));
    else this.#settle((task) => task.reject(new Error('The parser process ended unexpectedly.')));
  }

  #giveUp(code: string, message: string): void {
    this.#settle((task) => task.resolve({ wanted: null, spec: unreadableSpec(code, message) }));
    void this.stop(null);
  }

  #settle(settle: (task: Task) => void): void {
    clearTimeout(this.#timer);
    const task = this.#task;
    this.#task = null;
    if (task !== null) settle(task);
  }
}

function closed(): Error {
  return new Error('The spec reader is closed.');
}

function tooSlow(timeoutMs: number): string {
  return `Reading the document took longer than ${timeoutMs / 1000} seconds and was stopped.`;
}

function tooLarge(memoryMb: number): string {
  return `Reading the document took more than ${memoryMb} MiB of memory and was stopped.`;
}
