import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, constants } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { Redis } from 'ioredis';
import { freePort } from './free-port.js';

export type RedisServer = AsyncDisposable & {
  port: number;
  url: string;
  /** A client for the test's own questions; `call` and `callBuffer` send anything. Opened anew after a restart. */
  client(): Redis;
  /** Ends the server, by default as an operator would; its directory stays. */
  stop(signal?: NodeJS.Signals): Promise<void>;
  /** Starts it again on the same port and directory. */
  start(): Promise<void>;
  /** SIGSTOP: connections stay open and nothing answers. */
  freeze(): void;
  thaw(): void;
};

export type RedisOptions = {
  /** `aof`: every write is on disk before its answer. `none`: a restart forgets everything. */
  persistence?: 'aof' | 'none';
  /** More lines of configuration, as `--name value`. */
  args?: readonly string[];
};

/** Debian's redis-server, by REDIS_SERVER_PATH or PATH; null: there is none, and tests that need it are skipped. */
export function findRedisServer(): string | null {
  const { REDIS_SERVER_PATH: named, PATH = '' } = process.env;
  const candidates = named
    ? [named]
    : PATH.split(delimiter).map((directory) => join(directory, 'redis-server'));
  return candidates.find(isExecutable) ?? null;
}

/** A real server of its own on a free port of 127.0.0.1. */
export async function startRedis(options: RedisOptions = {}): Promise<RedisServer> {
  const path = findRedisServer();
  if (!path) throw new Error('redis-server is not in PATH, nor named by REDIS_SERVER_PATH.');
  const port = await freePort();
  const directory = await mkdtemp(join(tmpdir(), 'toolgraph-redis-'));
  const args = toArguments({ port, directory, ...options });
  let server = await spawnServer(path, args, port);
  let client: Redis | null = null;

  async function stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    client?.disconnect();
    client = null;
    if (server.exitCode !== null || server.signalCode !== null) return;
    const exit = once(server, 'exit');
    server.kill('SIGCONT');
    server.kill(signal);
    await exit;
  }

  return {
    port,
    url: `redis://127.0.0.1:${port}`,
    client: () => {
      client ??= new Redis(port, '127.0.0.1', { maxRetriesPerRequest: 0 });
      return client;
    },
    stop,
    start: async () => {
      server = await spawnServer(path, args, port);
    },
    freeze: () => void server.kill('SIGSTOP'),
    thaw: () => void server.kill('SIGCONT'),
    [Symbol.asyncDispose]: async () => {
      await stop('SIGKILL');
      await rm(directory, { recursive: true, force: true });
    },
  };
}

function toArguments(options: RedisOptions & { port: number; directory: string }): string[] {
  const isAof = options.persistence === 'aof';
  return [
    ...['--port', String(options.port), '--bind', '127.0.0.1', '--dir', options.directory],
    ...['--save', '', '--appendonly', isAof ? 'yes' : 'no', '--appendfsync', 'always'],
    ...(options.args ?? []),
  ];
}

async function spawnServer(path: string, args: string[], port: number): Promise<ChildProcess> {
  const server = spawn(path, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let printed = '';
  for (const stream of [server.stdout, server.stderr]) {
    stream?.setEncoding('utf8').on('data', (chunk: string) => {
      printed = (printed + chunk).slice(-10_000);
    });
  }
  for (let attempt = 0; attempt < 400; attempt += 1) {
    if (server.exitCode !== null) throw new Error(`redis-server ended:\n${printed}`);
    if (await isAnswering(port)) return server;
    await new Promise((done) => setTimeout(done, 25));
  }
  server.kill('SIGKILL');
  throw new Error(`redis-server on port ${port} did not answer in time:\n${printed}`);
}

async function isAnswering(port: number): Promise<boolean> {
  const probe = new Redis(port, '127.0.0.1', { lazyConnect: true, retryStrategy: () => null });
  probe.on('error', () => {});
  try {
    await probe.connect();
    return (await probe.ping()) === 'PONG';
  } catch {
    return false;
  } finally {
    probe.disconnect();
  }
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
