import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { freePort } from './free-port.js';

export type EverythingServer = AsyncDisposable & {
  url: string;
  /** Sends its process a signal. */
  signal(name: NodeJS.Signals): void;
};

const transports = {
  streamableHttp: { path: '/mcp', ready: 'listening on port' },
  sse: { path: '/sse', ready: 'is running on port' },
};

/** `@modelcontextprotocol/server-everything` as a process of its own. */
export async function startEverythingServer(
  transport: keyof typeof transports,
): Promise<EverythingServer> {
  const port = await freePort();
  const script = import.meta.resolve('@modelcontextprotocol/server-everything/dist/index.js');
  const child = spawn(process.execPath, [fileURLToPath(script), transport], {
    env: { PATH: process.env.PATH, PORT: String(port) },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const { path, ready } = transports[transport];
  let output = '';
  await new Promise<void>((resolve, reject) => {
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (chunk: string) => {
        output += chunk;
        if (output.includes(ready)) resolve();
      });
    }
    child.once('exit', () => reject(new Error(`The server ended:\n${output}`)));
  });
  return {
    url: `http://127.0.0.1:${port}${path}`,
    signal: (name) => void child.kill(name),
    [Symbol.asyncDispose]: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const exit = once(child, 'exit');
      child.kill('SIGKILL');
      await exit;
    },
  };
}
