import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { generateFernetKey } from './fernet.js';
import { loadOrCreateKey } from './load-or-create-key.js';

async function temporaryDir() {
  const path = await mkdtemp(join(tmpdir(), 'toolgraph-key-'));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true }) };
}

describe('loadOrCreateKey', () => {
  it('makes the directory and a key that only the owner can read, and finds it again', async () => {
    await using dir = await temporaryDir();
    const data = join(dir.path, 'deep', 'data');
    const made = await loadOrCreateKey(data);
    expect(made).toMatchObject({ path: join(data, 'credential.key'), warning: null });
    expect((await stat(made.path)).mode & 0o777).toBe(0o600);
    expect(await readFile(made.path, 'utf8')).toBe(`${made.keys[0]}\n`);
    expect(await loadOrCreateKey(data)).toEqual(made);
  });

  it('agrees on one key when many start at once, and leaves nothing else behind', async () => {
    await using dir = await temporaryDir();
    const all = await Promise.all(Array.from({ length: 30 }, () => loadOrCreateKey(dir.path)));
    expect(new Set(all.map(({ keys }) => keys.join())).size).toBe(1);
    expect(await readdir(dir.path)).toEqual(['credential.key']);
  });

  it('reads several keys, the first one first', async () => {
    await using dir = await temporaryDir();
    const keys = [generateFernetKey(), generateFernetKey()];
    await writeFile(join(dir.path, 'credential.key'), `${keys.join(',')}\n`, { mode: 0o600 });
    expect((await loadOrCreateKey(dir.path)).keys).toEqual(keys);
  });

  it('warns of a key that others can read', async () => {
    await using dir = await temporaryDir();
    const { path } = await loadOrCreateKey(dir.path);
    await chmod(path, 0o644);
    expect((await loadOrCreateKey(dir.path)).warning).toMatch(/mode 0644.*chmod 600/);
  });

  it.each(['', 'nonsense', `${generateFernetKey()},x`])(
    'refuses a file that holds %j and does not replace it',
    async (text) => {
      await using dir = await temporaryDir();
      const path = join(dir.path, 'credential.key');
      await writeFile(path, text);
      await expect(loadOrCreateKey(dir.path)).rejects.toMatchObject({
        code: 'NOT_CONFIGURED',
        message: expect.stringContaining('does not hold a Fernet key'),
      });
      expect(await readFile(path, 'utf8')).toBe(text);
    },
  );

  it('says why a directory cannot be used', async () => {
    await using dir = await temporaryDir();
    const file = join(dir.path, 'file');
    await writeFile(file, '');
    await expect(loadOrCreateKey(file)).rejects.toMatchObject({
      code: 'NOT_CONFIGURED',
      message: expect.stringContaining('neither be read nor made'),
    });
  });
});
