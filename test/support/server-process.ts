import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { executorEnv } from './executor-env.js';
import { freePort } from './free-port.js';

export type ServerProcess = AsyncDisposable & {
  url: string;
  /** What it printed so far. */
  output(): string;
  /** Sends the signal and waits for the end; the exit status, or null when the signal ended it. */
  end(signal: NodeJS.Signals): Promise<number | null>;
};

const root = join(import.meta.dirname, '..', '..');

/** The compiled server as a process of its own, as `npm start` runs it. Resolves when `/ready` answers 200. */
export async function startServer(env: Record<string, string>): Promise<ServerProcess> {
  const port = env.PORT ? Number(env.PORT) : await freePort();
  const child = spawn(process.execPath, [join(root, 'dist/src/main.js')], {
    cwd: root,
    env: {
      ...executorEnv(),
      PATH: process.env.PATH,
      LOG_LEVEL: 'WARNING',
      PORT: String(port),
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const chunks: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk: string) => chunks.push(chunk));
  }
  const url = `http://127.0.0.1:${port}`;
  await untilReady(url, child, chunks);
  const end = async (signal: NodeJS.Signals) => {
    if (child.exitCode === null && child.signalCode === null) {
      const exit = once(child, 'exit');
      child.kill(signal);
      await exit;
    }
    return child.exitCode;
  };
  return {
    url,
    output: () => chunks.join(''),
    end,
    [Symbol.asyncDispose]: async () => {
      await end('SIGKILL');
    },
  };
}

async function untilReady(url: string, child: ChildProcess, chunks: string[]): Promise<void> {
  for (let attempt = 0; attempt < 600; attempt += 1) {
    if (child.exitCode !== null) throw new Error(`The server ended:\n${chunks.join('')}`);
    const answer = await fetch(`${url}/ready`).catch(() => null);
    if (answer?.ok) return;
    await new Promise((done) => setTimeout(done, 100));
  }
  child.kill('SIGKILL');
  throw new Error(`The server was not ready in time:\n${chunks.join('')}`);
}
