import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { basename } from 'node:path';

export type ChildFailure = { failure: string };

/**
 * Runs a compiled file of this folder in a process of its own, which sends one message, and answers that message.
 * A child that fails or takes too long answers `failure`, the first line of the reason.
 */
export function runChild<Result>(
  file: string,
  argument: unknown,
  { timeoutMs = 300_000, nodeOptions = [] as string[] } = {},
): Promise<Result | ChildFailure> {
  const child = fork(new URL(file, import.meta.url), [JSON.stringify(argument)], {
    execArgv: ['--expose-gc', ...nodeOptions],
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  let errors = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    errors = (errors + text).slice(-20_000);
  });
  return new Promise((resolve) => {
    const timer = setTimeout(() => {
      resolve({ failure: `took longer than ${timeoutMs / 1000} s` });
      child.kill('SIGKILL');
    }, timeoutMs);
    let result: Result | undefined;
    child.on('message', (message) => {
      // The child is a file of this folder that sends what its caller names as the result.
      result = message as Result;
    });
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      resolve(result ?? { failure: firstLine(errors) ?? `ended with ${signal ?? code}` });
    });
  });
}

/** Starts a compiled file of this folder that answers messages until it is told to end. */
export function startChild(
  file: string,
  argument: unknown,
  nodeOptions: string[] = [],
  env: Record<string, string> = {},
): ChildProcess {
  return fork(new URL(file, import.meta.url), [JSON.stringify(argument)], {
    execArgv: nodeOptions,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
}

/** Sends a question to a child and waits for the next thing that it says. */
export function askChild<Answer>(child: ChildProcess, question: string | object): Promise<Answer> {
  const answered = nextMessage<Answer>(child);
  child.send(question);
  return answered;
}

export async function nextMessage<Answer>(child: ChildProcess): Promise<Answer> {
  const settled = new AbortController();
  const { signal } = settled;
  try {
    const answered = once(child, 'message', { signal });
    const ended = once(child, 'exit', { signal }).then(() => {
      throw new Error('A process of the benchmark ended early.');
    });
    const [message] = await Promise.race([answered, ended]);
    // The child is a file of this folder that answers each question with what its caller names.
    return message as Answer;
  } finally {
    settled.abort();
  }
}

export function isFailure(result: unknown): result is ChildFailure {
  return typeof result === 'object' && result !== null && 'failure' in result;
}

/** In a child: what it was started with. */
export function childArgument<T>(): T {
  return JSON.parse(process.argv[2] ?? 'null') as T;
}

/** In a child: sends the result and ends. */
export async function answer(result: unknown): Promise<void> {
  await new Promise<void>((sent, failed) => {
    process.send?.(result, (error: Error | null) => (error ? failed(error) : sent()));
  });
  process.exit(0);
}

function firstLine(errors: string): string | null {
  const line = errors.split('\n').find((text) => /^\s*(?:\w*Error|\[cause\]): \w*/.test(text));
  // Files by their names: where they are says nothing to readers of the results.
  return (
    line
      ?.trim()
      .replaceAll(/(?:file:\/\/)?\/\S+/g, (path) => basename(path))
      .slice(0, 200) ?? null
  );
}
