import { readFile } from 'node:fs/promises';
import { inject } from 'vitest';
import { openEmbeddedHere } from '../../src/storage/embedded/open-pglite.js';
import { openStorage, type Storage } from '../../src/storage/open-storage.js';
import { createDatabase } from './postgres.js';

/** A migrated, empty database of its own: PGlite in memory, or on the PostgreSQL server of this test run. */
export async function openTestStorage(): Promise<Storage> {
  const server = inject('postgresUrl');
  if (server) return openStorage({ driver: 'postgres', url: await createDatabase(server) });
  const dump = new Blob([await readFile(inject('databaseDump'))]);
  return openStorage({ driver: 'pglite', client: await openEmbeddedHere({ dump }) });
}
