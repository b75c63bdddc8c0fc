import { Worker } from 'node:worker_threads';
import { AppError } from '../errors.js';
import { type SpecJob, type SpecReply, unreadableSpec } from './spec-job.js';
import { type SpecMessage, unpackReply } from './spec-message.js';

export type SpecThreadOptions = {
  /** The compiled entry file. */
  entry: URL;
  /** Threads at most; each starts with the first job that finds no idle one. */
  threads: number;
  /** Jobs that may wait for a thread. */
  maxQueued: number;
  /** Bound on one job, without the time that it waits. */
  timeoutMs: number;
  /** JavaScript heap of one thread. */
  memoryMb: number;
};

export interface SpecThreads extends AsyncDisposable {
  /**
   * Runs a job on a thread. A document that takes too long or too much memory ends its thread and is answered as
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

export function createSpecThreads(options: SpecThreadOptions): SpecThreads {
  return new ThreadPool(options);
}

class ThreadPool implements SpecThreads {
  readonly #options: SpecThreadOptions;
  readonly #threads = new Set<SpecThread>();
  #queue: Task[] = [];
  #isClosed = false;

  constructor(options: SpecThreadOptions) {
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
    await Promise.all([...this.#threads].map((thread) => thread.stop(closed())));
  }

  #startNext(): void {
    while (this.#queue.length > 0) {
      const thread = [...this.#threads].find(({ isIdle }) => isIdle) ?? this.#startThread();
      const task = thread === null ? undefined : this.#queue.shift();
      if (thread === null || task === undefined) return;
      thread.start(task);
    }
  }

  #startThread(): SpecThread | null {
    if (this.#threads.size >= this.#options.threads) return null;
    const thread = new SpecThread(this.#options, {
      onIdle: () => this.#startNext(),
      onExit: () => {
        this.#threads.delete(thread);
        this.#startNext();
      },
    });
    this.#threads.add(thread);
    return thread;
  }

  #abort(task: Task): void {
    this.#queue = this.#queue.filter((waiting) => waiting !== task);
    task.reject(task.signal?.reason);
    for (const thread of this.#threads) if (thread.isRunning(task)) void thread.stop(null);
  }
}

class SpecThread {
  readonly #options: SpecThreadOptions;
  readonly #worker: Worker;
  readonly #onIdle: () => void;
  #task: Task | null = null;
  #timer: NodeJS.Timeout | undefined;
  #isStopping = false;

  constructor(options: SpecThreadOptions, hooks: { onIdle: () => void; onExit: () => void }) {
    this.#options = options;
    this.#onIdle = hooks.onIdle;
    this.#worker = new Worker(options.entry, {
      name: 'spec-reader',
      resourceLimits: { maxOldGenerationSizeMb: options.memoryMb, stackSizeMb: 4 },
    });
    this.#worker.on('message', (message: SpecMessage) => this.#onMessage(message));
    this.#worker.on('error', (error) => this.#onError(error));
    this.#worker.on('exit', () => {
      this.#settle((task) => task.reject(new Error('The parser thread ended unexpectedly.')));
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
    this.#worker.ref();
    this.#worker.postMessage(task.job);
  }

  /** Ends the thread; a running task fails with `reason` unless that is null. */
  async stop(reason: Error | null): Promise<void> {
    this.#isStopping = true;
    this.#settle((task) => {
      if (reason !== null) task.reject(reason);
    });
    await this.#worker.terminate();
  }

  #onMessage(message: SpecMessage): void {
    // Unreferenced, an idle thread does not keep the process alive.
    this.#worker.unref();
    this.#settle((task) => task.resolve(unpackReply(message)));
    this.#onIdle();
  }

  #onError(error: unknown): void {
    this.#isStopping = true;
    const { memoryMb } = this.#options;
    if (isOutOfMemory(error)) this.#giveUp('OUT_OF_MEMORY', tooLarge(memoryMb));
    else this.#settle((task) => task.reject(error));
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

function isOutOfMemory(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ERR_WORKER_OUT_OF_MEMORY';
}

function tooSlow(timeoutMs: number): string {
  return `Reading the document took longer than ${timeoutMs / 1000} seconds and was stopped.`;
}

function tooLarge(memoryMb: number): string {
  return `Reading the document took more than ${memoryMb} MiB of memory and was stopped.`;
}
