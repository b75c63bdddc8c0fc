import type { Readable } from 'node:stream';
import { crc32 } from 'node:zlib';
import { type Entry, fromBufferPromise, getFileNameLowLevel, type ZipFile } from 'yauzl';
import { AppError } from '../../errors.js';
import { type ArchiveContents, isBomb } from './archive-contents.js';
import { archiveRefusal, showName } from './archive-refusal.js';

/** Compression methods of APPNOTE.TXT 4.4.5. */
const stored = 0;
const deflated = 8;

const endRecord = Buffer.from('PK\x05\x06', 'latin1');
/** Stands for a size that is told in the zip64 record. */
const inZip64 = 0xffffffff;

/** Unix file types, in the upper half of the external attributes (Info-ZIP's `st_mode`). */
const typeMask = 0o170000;
const folderType = 0o040000;
const knownTypes = new Map([
  [0o120000, 'a symbolic link'],
  [0o020000, 'a device'],
  [0o060000, 'a device'],
  [0o010000, 'a pipe'],
  [0o140000, 'a socket'],
]);

/** Reads a zip archive (APPNOTE.TXT) by its central directory. Throws INVALID_INPUT for what is not one, or not allowed. */
export async function readZip(bytes: Buffer, contents: ArchiveContents): Promise<void> {
  try {
    const zip = await fromBufferPromise(bytes, { lazyEntries: true, decodeStrings: false });
    contents.expectEntries(zip.entryCount);
    let directoryBytes = 0;
    for await (const entry of zip.eachEntry()) {
      await readEntry(zip, entry, contents);
      directoryBytes += sizeInDirectory(entry);
    }
    refuseHiddenEntries(bytes, directoryBytes);
  } catch (cause) {
    if (cause instanceof AppError) throw cause;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw archiveRefusal(`The zip archive cannot be read: ${oneLine(reason)}.`);
  }
}

async function readEntry(zip: ZipFile, entry: Entry, contents: ArchiveContents): Promise<void> {
  contents.countEntry();
  const name = nameOf(entry);
  refuseType(entry, name);
  if (isFolder(entry, name)) return contents.addFolder(name);
  const { uncompressedSize: bytes, compressedSize: packedBytes } = entry;
  const path = contents.openFile(name, { bytes, packedBytes });
  if (entry.isEncrypted()) {
    throw archiveRefusal(`The file ${showName(name)} is encrypted.`, 'archive_encrypted');
  }
  if (entry.compressionMethod !== stored && entry.compressionMethod !== deflated) {
    throw archiveRefusal(
      `The file ${showName(name)} is packed by method ${entry.compressionMethod}: expected stored or deflated.`,
    );
  }
  if (path === null) return;
  const stream = await zip.openReadStreamPromise(entry);
  const content = await collect(stream, (read) => {
    contents.checkBytes(path, read);
    if (isBomb(read, packedBytes)) contents.openFile(name, { bytes: read, packedBytes });
  });
  if (content.length !== bytes) {
    throw archiveRefusal(
      `The file ${showName(name)} has ${content.length} bytes, but the archive says ${bytes}.`,
    );
  }
  if (crc32(content) !== entry.crc32) {
    throw archiveRefusal(`The file ${showName(name)} is damaged: its checksum is wrong.`);
  }
  contents.keep(path, content);
}

function sizeInDirectory(entry: Entry): number {
  return 46 + entry.fileNameLength + entry.extraFieldLength + entry.fileCommentLength;
}

/** The end record (APPNOTE.TXT 4.3.16) may tell fewer entries than there are; other readers would find them all. */
function refuseHiddenEntries(bytes: Buffer, directoryBytes: number): void {
  const claimed = bytes.readUInt32LE(bytes.lastIndexOf(endRecord) + 12);
  if (claimed === directoryBytes || claimed === inZip64) return;
  throw archiveRefusal('The zip archive lists other files than its end says.');
}

/** `decodeStrings: false` leaves the raw name: backslashes are refused here rather than turned into something else. */
function nameOf(entry: Entry): string {
  const raw = entry.fileNameRaw;
  return getFileNameLowLevel(entry.generalPurposeBitFlag, raw, entry.extraFields, true);
}

function refuseType({ externalFileAttributes }: Entry, name: string): void {
  const what = knownTypes.get((externalFileAttributes >>> 16) & typeMask);
  if (what) throw archiveRefusal(`${showName(name)} is ${what}: a skill has files only.`);
}

function isFolder({ externalFileAttributes, uncompressedSize }: Entry, name: string): boolean {
  const isMarked = ((externalFileAttributes >>> 16) & typeMask) === folderType;
  if (!name.endsWith('/') && !isMarked) return false;
  if (uncompressedSize === 0) return true;
  throw archiveRefusal(`The folder ${showName(name)} has bytes of its own.`);
}

async function collect(stream: Readable, check: (read: number) => void): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let read = 0;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    read += chunk.length;
    check(read);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').slice(0, 200);
}
