import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { skillLimits } from '../skill-limits.js';
import { ArchiveContents, isBomb, type SkillFile, unpackedTooLarge } from './archive-contents.js';
import { archiveRefusal } from './archive-refusal.js';
import { readTar } from './read-tar.js';
import { readZip } from './read-zip.js';

const { maxArchiveBytes, maxTotalBytes, maxEntries } = skillLimits;
/** A tar archive has a block before and a rest of a block after each file. */
const maxTarBytes = maxTotalBytes + (maxEntries + 20) * 2048;

const unzip = promisify(gunzip);

/**
 * The files of a zip, tar or tar.gz archive, by path. At most `skillLimits` of it are ever in memory. Throws
 * INVALID_INPUT with a sentence for everything else, and LIMIT_EXCEEDED never: what is too large is not a skill.
 */
export async function readArchive(bytes: Buffer): Promise<SkillFile[]> {
  if (bytes.length > maxArchiveBytes) {
    throw archiveRefusal(
      `The archive has ${bytes.length} bytes; at most ${maxArchiveBytes} are taken.`,
      'archive_too_large',
    );
  }
  const contents = new ArchiveContents();
  if (isZip(bytes)) await readZip(bytes, contents);
  else if (isGzip(bytes)) readTar(await unpackGzip(bytes), contents);
  else if (isTar(bytes)) readTar(bytes, contents);
  else {
    throw archiveRefusal(
      bytes.length === 0
        ? 'The archive is empty: expected a zip, tar or tar.gz archive.'
        : 'This is neither a zip nor a tar archive: expected a zip, tar or tar.gz archive with SKILL.md in it.',
    );
  }
  return contents.list();
}

/** A local file header, or the end record of an archive without entries. */
function isZip(bytes: Buffer): boolean {
  const magic = bytes.toString('latin1', 0, 4);
  return magic === 'PK\x03\x04' || magic === 'PK\x05\x06';
}

function isGzip(bytes: Buffer): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b;
}

/** By the magic of ustar and GNU, or, for older ones, by the shape of the first header's checksum. */
function isTar(bytes: Buffer): boolean {
  if (bytes.length < 512) return false;
  if (bytes.toString('latin1', 257, 262) === 'ustar') return true;
  return /^ *[0-7]{4,7}[\0 ]/.test(bytes.toString('latin1', 148, 156));
}

async function unpackGzip(bytes: Buffer): Promise<Buffer> {
  let unpacked: Buffer;
  try {
    unpacked = await unzip(bytes, { maxOutputLength: maxTarBytes });
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : null;
    if (code === 'ERR_BUFFER_TOO_LARGE') throw unpackedTooLarge();
    const reason = error instanceof Error ? error.message : String(error);
    throw archiveRefusal(`The archive cannot be unpacked: ${reason}.`);
  }
  if (isBomb(unpacked.length, bytes.length)) {
    throw archiveRefusal(
      `The archive would unpack to ${unpacked.length} bytes out of ${bytes.length}: more than ${skillLimits.maxRatio} times as many.`,
      'archive_bomb',
    );
  }
  return unpacked;
}
