import { skillLimits } from '../skill-limits.js';
import { archiveRefusal, showName } from './archive-refusal.js';
import { checkPath } from './check-path.js';

/** A file of a skill; `path` is relative, with `/` between its names. */
export type SkillFile = { path: string; content: Buffer };

const { maxEntries, maxFileBytes, maxTotalBytes, maxRatio, ratioFloorBytes } = skillLimits;

/** What systems leave in folders and archives without being asked. */
const litter = /(?:^|\/)(?:__MACOSX\/.*|\._[^/]*|\.DS_Store|Thumbs\.db|desktop\.ini)$/;

/**
 * Collects what an archive holds, and refuses it (INVALID_INPUT) as soon as that is more, or other, than a skill may
 * be. Names are compared without regard to case and Unicode form: on many disks such files are one.
 */
export class ArchiveContents {
  private readonly files: SkillFile[] = [];
  /** By folded path, as it was first given. */
  private readonly filePaths = new Map<string, string>();
  private readonly folders = new Set<string>();
  private entries = 0;
  private totalBytes = 0;

  /** To be called for whatever the archive lists, before anything else. */
  countEntry(): void {
    this.entries += 1;
    this.expectEntries(this.entries);
  }

  expectEntries(count: number): void {
    if (count <= maxEntries) return;
    throw archiveRefusal(
      `The archive lists more than ${maxEntries} files and folders; a skill has at most ${maxEntries}.`,
      'archive_too_many_entries',
    );
  }

  addFolder(raw: string): void {
    const path = this.check(raw);
    if (path === '') return;
    this.claimFolders(path.split('/'), raw);
  }

  /** Takes a file's path and the size that it claims; null where it is litter, which is not kept. */
  openFile(raw: string, claimed: { bytes: number; packedBytes: number | null }): string | null {
    const path = this.check(raw);
    if (path === '')
      throw archiveRefusal(`The archive has a file without a name: ${showName(raw)}.`);
    const { bytes, packedBytes } = claimed;
    this.checkBytes(path, bytes);
    if (packedBytes !== null && isBomb(bytes, packedBytes)) {
      throw archiveRefusal(
        `The file ${showName(path)} would unpack to ${bytes} bytes out of ${packedBytes}: more than ${maxRatio} times as many.`,
        'archive_bomb',
      );
    }
    if (litter.test(path)) return null;
    this.claimFile(path, raw);
    return path;
  }

  /** Throws where a file, which may not have told its size truly, makes the whole too large. */
  checkBytes(path: string, bytes: number): void {
    if (bytes > maxFileBytes) {
      throw archiveRefusal(
        `The file ${showName(path)} is larger than ${maxFileBytes} bytes.`,
        'archive_too_large',
      );
    }
    if (this.totalBytes + bytes > maxTotalBytes) throw unpackedTooLarge();
  }

  keep(path: string, content: Buffer): void {
    this.checkBytes(path, content.length);
    this.totalBytes += content.length;
    this.files.push({ path, content });
  }

  /** By path. */
  list(): SkillFile[] {
    return this.files.toSorted((a, b) => (a.path < b.path ? -1 : 1));
  }

  private check(raw: string): string {
    const { path, problem } = checkPath(raw);
    if (problem === null) return path;
    throw archiveRefusal(`The path ${showName(raw)} in the archive ${problem}.`, 'archive_path');
  }

  private claimFile(path: string, raw: string): void {
    const names = path.split('/');
    this.claimFolders(names.slice(0, -1), raw);
    const folded = fold(path);
    const other = this.filePaths.get(folded);
    if (other !== undefined) {
      throw archiveRefusal(
        other === path
          ? `The archive has the file ${showName(path)} twice.`
          : `The archive has ${showName(other)} and ${showName(path)}, which are one file where case does not count.`,
        'archive_duplicate',
      );
    }
    if (this.folders.has(folded)) throw fileAndFolder(path);
    this.filePaths.set(folded, path);
  }

  private claimFolders(names: readonly string[], raw: string): void {
    for (let count = 1; count <= names.length; count += 1) {
      const folded = fold(names.slice(0, count).join('/'));
      if (this.filePaths.has(folded)) throw fileAndFolder(raw);
      this.folders.add(folded);
    }
  }
}

export function isBomb(bytes: number, packedBytes: number): boolean {
  return bytes > ratioFloorBytes && bytes > packedBytes * maxRatio;
}

export function unpackedTooLarge() {
  return archiveRefusal(
    `The archive unpacks to more than ${maxTotalBytes} bytes; a skill has at most so many.`,
    'archive_too_large',
  );
}

function fileAndFolder(path: string) {
  return archiveRefusal(
    `The archive has ${showName(path)} both as a file and as a folder.`,
    'archive_duplicate',
  );
}

function fold(path: string): string {
  return path.normalize('NFKC').toLowerCase().normalize('NFKC');
}
