import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { openPglite, toClient } from '../../src/storage/embedded/open-pglite.js';
import { openStorage } from '../../src/storage/open-storage.js';
import { createTemplate, startPostgres } from './postgres.js';

declare module 'vitest' {
  interface ProvidedContext {
    /** A file with the dump of a migrated, empty embedded database. */
    databaseDump: string;
    /** The PostgreSQL server that this run tests against; empty = the embedded database. */
    postgresUrl: string;
  }
}

/**
 * Migrates one database for all tests to start from. `TEST_DATABASE=postgres` runs them on a PostgreSQL server that is
 * started here, `TEST_DATABASE_URL` on one that runs already.
 */
export default async function setup(project: TestProject) {
  await using stack = new AsyncDisposableStack();
  const given = process.env.TEST_DATABASE_URL;
  if (given || process.env.TEST_DATABASE === 'postgres') {
    const url = given ?? stack.use(await startPostgres()).url;
    await createTemplate(url);
    project.provide('postgresUrl', url);
    project.provide('databaseDump', '');
  } else {
    const dir = await mkdtemp(join(tmpdir(), 'toolgraph-test-'));
    stack.defer(() => rm(dir, { recursive: true, force: true }));
    const file = join(dir, 'database.tar');
    await writeFile(file, await dumpMigratedDatabase());
    project.provide('databaseDump', file);
    project.provide('postgresUrl', '');
  }
  const held = stack.move();
  return () => held.disposeAsync();
}

/** Restoring the dump takes a fraction of the time that creating and migrating a database takes. */
async function dumpMigratedDatabase(): Promise<Buffer> {
  const db = await openPglite({});
  await using storage = await openStorage({ driver: 'pglite', client: toClient(db) });
  await storage.migrate();
  const dump = await db.dumpDataDir('none');
  return Buffer.from(await dump.arrayBuffer());
}
