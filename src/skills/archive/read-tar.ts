import { Parser, type ReadEntry } from 'tar';
import { AppError } from '../../errors.js';
import type { ArchiveContents } from './archive-contents.js';
import { archiveRefusal, showName } from './archive-refusal.js';

const fileTypes = new Set(['File', 'OldFile', 'ContiguousFile']);
const knownTypes = new Map([
  ['SymbolicLink', 'a symbolic link'],
  ['Link', 'a hard link'],
  ['CharacterDevice', 'a device'],
  ['BlockDevice', 'a device'],
  ['FIFO', 'a pipe'],
  ['SparseFile', 'a sparse file'],
]);

/** A parser would unpack these by itself, without our limits. */
const compressedMagic = [Buffer.from([0x1f, 0x8b]), Buffer.from([0x28, 0xb5, 0x2f, 0xfd])];

/** Long names and attributes of one entry (pax, GNU). */
const maxMetaBytes = 64 * 1024;

/** Reads a tar archive (POSIX ustar, pax, GNU) that is not compressed. Throws INVALID_INPUT for what is not one, or not allowed. */
export function readTar(bytes: Buffer, contents: ArchiveContents): void {
  if (compressedMagic.some((magic) => bytes.subarray(0, magic.length).equals(magic))) {
    throw archiveRefusal('The tar archive is compressed twice.');
  }
  let failure: unknown = null;
  const parser = new Parser({ strict: true, maxMetaEntrySize: maxMetaBytes });
  /** The parser calls back in its own time: what is thrown there would reach nobody. */
  const guard = (work: () => void) => {
    if (failure !== null) return;
    try {
      work();
    } catch (error) {
      failure = error;
      parser.abort(error instanceof Error ? error : new Error(String(error)));
    }
  };
  parser.on('error', (error: unknown) => {
    failure ??= error;
  });
  parser.on('meta', (meta: string) => guard(() => checkMeta(meta)));
  parser.on('ignoredEntry', (entry: ReadEntry) => {
    guard(() => refuseEntry(entry));
  });
  parser.on('entry', (entry: ReadEntry) => {
    const chunks: Buffer[] = [];
    guard(() => {
      const path = openEntry(entry, contents);
      if (path === null) return;
      entry.on('data', (chunk: Buffer) => chunks.push(chunk));
      entry.on('end', () => guard(() => contents.keep(path, Buffer.concat(chunks))));
    });
    entry.resume();
  });
  parser.end(bytes);
  if (failure === null) return;
  if (failure instanceof AppError) throw failure;
  const reason = failure instanceof Error ? failure.message : String(failure);
  throw archiveRefusal(`The tar archive cannot be read: ${reason.slice(0, 200)}.`);
}

/** Where the entry's bytes go; null for what has none, or is not kept. */
function openEntry(entry: ReadEntry, contents: ArchiveContents): string | null {
  contents.countEntry();
  const name = entry.path;
  if (entry.type === 'Directory') {
    contents.addFolder(name);
    return null;
  }
  if (!fileTypes.has(entry.type)) return refuseEntry(entry);
  return contents.openFile(name, { bytes: entry.size, packedBytes: null });
}

/** Names and attributes that stand before an entry (pax, GNU); the parser would cut a name off at a NUL. */
function checkMeta(meta: string): void {
  if (/\0[^\0]/.test(meta)) {
    throw archiveRefusal('A name in the archive has a NUL character.', 'archive_path');
  }
  // GNU tar writes sparse files as plain ones whose attributes say how to put them together.
  if (/^\d+ GNU\.sparse\./m.test(meta)) {
    throw archiveRefusal('The archive has a sparse file: a skill has files only, in full.');
  }
}

function refuseEntry(entry: ReadEntry): never {
  const what = knownTypes.get(entry.type);
  const name = showName(entry.path);
  if (what) throw archiveRefusal(`${name} is ${what}: a skill has files only.`);
  if (entry.meta) {
    throw archiveRefusal(`The attributes of an entry are larger than ${maxMetaBytes} bytes.`);
  }
  throw archiveRefusal(`${name} is of type ${showName(entry.type)}: a skill has files only.`);
}
