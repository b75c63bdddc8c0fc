import { randomUUID } from 'node:crypto';
import { constants, copyFile, link, mkdir, open, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError } from '../errors.js';
import { generateFernetKey, parseFernetKey } from './fernet.js';

/** The key ring of an embedded database. `warning` is a sentence about the file's permissions, or null. */
export type KeyFile = { path: string; keys: string[]; warning: string | null };

/**
 * The credential keys in `<dir>/credential.key` (several with commas or line breaks between: the first seals).
 * Makes the directory and the file, mode 0600, when missing; of several processes that start at once one creates the
 * key and all read it. Throws NOT_CONFIGURED for a file that holds no Fernet key or cannot be read or written.
 */
export async function loadOrCreateKey(dir: string): Promise<KeyFile> {
  const path = join(dir, 'credential.key');
  try {
    const text = (await readIfPresent(path)) ?? (await createKeyFile(dir, path));
    return { path, keys: parseKeys(text, path), warning: await permissionWarning(path) };
  } catch (cause) {
    if (cause instanceof AppError) throw cause;
    const reason = cause instanceof Error ? cause.message : String(cause);
    const message = `The credential key in ${dir} can neither be read nor made: ${reason}.`;
    throw new AppError('NOT_CONFIGURED', message, {}, { cause });
  }
}

async function readIfPresent(path: string): Promise<string | null> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return null;
    throw error;
  }
}

/** Writes a file of its own first, so that nobody ever reads a half-written key. */
async function createKeyFile(dir: string, path: string): Promise<string> {
  await mkdir(dir, { recursive: true });
  const draft = `${path}.${randomUUID()}`;
  try {
    await writeDurably(draft, `${generateFernetKey()}\n`);
    await publish(draft, path);
  } finally {
    await rm(draft, { force: true });
  }
  return readFile(path, 'utf8');
}

async function writeDurably(path: string, text: string): Promise<void> {
  await using file = await open(path, 'wx', 0o600);
  await file.writeFile(text);
  await file.sync();
}

async function publish(draft: string, path: string): Promise<void> {
  try {
    await link(draft, path).catch((error: unknown) => {
      if (hasCode(error, 'EEXIST')) throw error;
      // Some mounted file systems have no hard links.
      return copyFile(draft, path, constants.COPYFILE_EXCL);
    });
  } catch (error) {
    if (!hasCode(error, 'EEXIST')) throw error;
  }
}

function parseKeys(text: string, path: string): string[] {
  const keys = text.split(/[\s,]+/).filter(Boolean);
  if (keys.length > 0 && keys.every((key) => parseFernetKey(key))) return keys;
  throw new AppError(
    'NOT_CONFIGURED',
    `${path} does not hold a Fernet key (32 bytes in url-safe base64, 44 characters). Restore it from a backup: without it the stored credentials cannot be opened.`,
  );
}

async function permissionWarning(path: string): Promise<string | null> {
  const { mode } = await stat(path);
  if ((mode & 0o077) === 0) return null;
  const octal = (mode & 0o777).toString(8).padStart(4, '0');
  return `${path} can be read by other users (mode ${octal}): run chmod 600 on it.`;
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
