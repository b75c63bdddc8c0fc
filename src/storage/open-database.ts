import { join } from 'node:path';
import { openEmbeddedThread } from './embedded/open-embedded-thread.js';
import { lockDataDir } from './lock-data-dir.js';
import { openStorage, type Storage } from './open-storage.js';

export type DatabaseOptions =
  | { readonly driver: 'pglite'; readonly dir: string }
  | { readonly driver: 'postgres'; readonly url: string };

/** The configured database: PostgreSQL, or PGlite in a folder that this process holds alone. */
export async function openDatabase(options: DatabaseOptions): Promise<Storage> {
  if (options.driver === 'postgres') return openStorage(options);
  await using stack = new AsyncDisposableStack();
  stack.use(await lockDataDir(options.dir));
  const client = await openEmbeddedThread({ dir: join(options.dir, 'pglite') });
  const storage = stack.use(await openStorage({ driver: 'pglite', client }));
  const held = stack.move();
  return { ...storage, [Symbol.asyncDispose]: () => held.disposeAsync() };
}
