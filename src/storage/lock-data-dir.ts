import { createHash } from 'node:crypto';
import { mkdir, rm } from 'node:fs/promises';
import { connect, createServer, type Server } from 'node:net';
import { platform, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { AppError } from '../errors.js';

/**
 * Keeps a second process off an embedded database: two writers would corrupt it. Held by listening on a socket in the
 * folder, so that the operating system lets go of it however the process ends.
 * Throws CONFLICT when another process has the folder.
 */
export async function lockDataDir(dir: string): Promise<AsyncDisposable> {
  await mkdir(dir, { recursive: true });
  const path = socketPath(dir);
  const server = (await listen(path)) ?? (await takeOver(dir, path));
  server.unref();
  return {
    [Symbol.asyncDispose]: () => new Promise((done) => server.close(() => done())),
  };
}

// The kernel takes socket paths of at most 107 bytes (sun_path in unix(7)), 103 on macOS.
const maxSocketPath = 100;

function socketPath(dir: string): string {
  const path = join(resolve(dir), 'server.sock');
  if (platform() === 'win32') return `\\\\.\\pipe\\${path.replaceAll(/[\\/:]/g, '-')}`;
  if (Buffer.byteLength(path) <= maxSocketPath) return path;
  const hash = createHash('sha256').update(path).digest('hex').slice(0, 16);
  return join(tmpdir(), `toolgraph-${hash}.sock`);
}

async function takeOver(dir: string, path: string): Promise<Server> {
  if (!(await isAnswered(path))) {
    await rm(path, { force: true });
    const server = await listen(path);
    if (server) return server;
  }
  throw new AppError(
    'CONFLICT',
    `Another process uses the embedded database in ${resolve(dir)}. Stop it, or set DATA_DIR to another folder; several replicas need PostgreSQL (DATABASE_URL).`,
  );
}

function listen(path: string): Promise<Server | null> {
  return new Promise((done, fail) => {
    const server = createServer((socket) => socket.destroy());
    server.once('error', (error: NodeJS.ErrnoException) =>
      error.code === 'EADDRINUSE' ? done(null) : fail(error),
    );
    server.listen(path, () => done(server));
  });
}

function isAnswered(path: string): Promise<boolean> {
  return new Promise((done) => {
    const socket = connect(path);
    socket.once('connect', () => {
      socket.destroy();
      done(true);
    });
    socket.once('error', () => done(false));
  });
}
