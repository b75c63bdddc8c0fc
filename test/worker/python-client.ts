import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/** Values as the client tells them: `{ $bytes }` is what was bin on the wire, in base64. */
export type WireValue =
  | string
  | number
  | boolean
  | null
  | { $bytes: string }
  | WireValue[]
  | { [key: string]: WireValue };
export type WireMap = { [key: string]: WireValue };

/** A message of a reply stream: `data` unpacked, its other fields as text. */
export type WireReply = { id: string; fields: Record<string, string>; data: WireMap };

export type PythonClient = AsyncDisposable & {
  /** What a gateway writes before it sends requests of a trace. */
  session(trace: string, record: WireMap): Promise<void>;
  /** Appends a request; the id of its entry. */
  send(request: WireMap): Promise<string>;
  sendRaw(data: Uint8Array): Promise<string>;
  /** What stands in a reply stream, when there are `count` messages, or after `seconds`. */
  read(stream: string, options?: { count?: number; seconds?: number }): Promise<WireReply[]>;
  deadLetters(): Promise<(WireMap & { id: string })[]>;
  catalog(): Promise<WireMap | null>;
  command(...parts: (string | number | { $bytes: string })[]): Promise<unknown>;
};

/** A Python with msgpack: `PYTHON_PATH`, else Debian's, else the one on the path; null when none has it. */
export function findPython(): string | null {
  const { PYTHON_PATH } = process.env;
  for (const path of PYTHON_PATH ? [PYTHON_PATH] : ['/usr/bin/python3', 'python3']) {
    try {
      execFileSync(path, ['-c', 'import msgpack'], { stdio: 'ignore' });
      return path;
    } catch {
      // The next one may have it.
    }
  }
  return null;
}

/** A caller in Python, connected to Redis on a port of 127.0.0.1. */
export async function startPythonClient(python: string, port: number): Promise<PythonClient> {
  const file = join(import.meta.dirname, 'client.py');
  const child = spawn(python, [file, '127.0.0.1', String(port)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  await answers.next();
  let turn: Promise<unknown> = Promise.resolve();
  const ask = (command: object): Promise<unknown> => {
    const mine = turn.then(async () => {
      child.stdin.write(`${JSON.stringify(command)}\n`);
      const { value, done } = await answers.next();
      if (done) throw new Error('The Python client ended.');
      const answer = JSON.parse(value) as { value?: unknown; error?: string };
      if (answer.error) throw new Error(answer.error);
      return answer.value;
    });
    turn = mine.catch(() => {});
    return mine;
  };
  return {
    session: async (trace, record) => void (await ask({ do: 'session', args: [trace, record] })),
    send: (request) => ask({ do: 'send', args: [request] }) as Promise<string>,
    sendRaw: (data) =>
      ask({
        do: 'send_raw',
        args: [{ $bytes: Buffer.from(data).toString('base64') }],
      }) as Promise<string>,
    read: (stream, { count = 1, seconds = 20 } = {}) =>
      ask({ do: 'read', args: [stream], named: { count, seconds } }) as Promise<WireReply[]>,
    deadLetters: () => ask({ do: 'dead_letters' }) as Promise<(WireMap & { id: string })[]>,
    catalog: () => ask({ do: 'catalog' }) as Promise<WireMap | null>,
    command: (...parts) => ask({ do: 'command', args: parts }),
    [Symbol.asyncDispose]: () => end(child),
  };
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, 'exit');
  child.stdin?.end();
  await exit;
}
