import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { findSkillFolder } from '../../src/skills/archive/find-skill-folder.js';
import { readArchive } from '../../src/skills/archive/read-archive.js';
import { skillLimits } from '../../src/skills/skill-limits.js';
import { aSkillText, aTar, aZip, type TarEntry, type ZipEntry } from '../support/archives.js';

const skill = { name: 'SKILL.md', content: aSkillText('notes') };
const zipOf = (...entries: ZipEntry[]) => aZip([skill, ...entries]);
const tarOf = (...entries: TarEntry[]) => aTar([skill, ...entries]);
const mebibyte = 1024 ** 2;
const zeros = Buffer.alloc(4 * mebibyte);

const pathsOf = async (archive: Buffer) => (await readArchive(archive)).map(({ path }) => path);

describe('Archives that are read', () => {
  const expected = ['SKILL.md', 'references/päge.md', 'scripts/run.sh'];
  const files = [
    { name: 'references/päge.md', content: 'Page' },
    { name: 'scripts/run.sh', content: '#!/bin/sh' },
  ];

  test.each([
    ['a zip archive', zipOf(...files)],
    [
      'a zip archive that is not compressed',
      zipOf(...files.map((f) => ({ ...f, isStored: true }))),
    ],
    ['a zip archive with folders', zipOf({ name: 'scripts/', mode: 0o040755 }, ...files)],
    ['a zip64 archive', zipOf(...files.map((file) => ({ ...file, isZip64: true })))],
    ['a tar archive', tarOf(...files)],
    [
      'a tar archive of "."',
      aTar([
        { ...skill, name: './SKILL.md' },
        ...files.map((file) => ({ ...file, name: `./${file.name}` })),
      ]),
    ],
    [
      'a tar archive with folders',
      tarOf({ name: './', type: '5' }, { name: 'scripts/', type: '5' }, ...files),
    ],
    ['a tar.gz archive', gzipSync(tarOf(...files))],
    [
      'what macOS adds',
      zipOf(
        ...files,
        { name: '__MACOSX/._SKILL.md', content: 'x' },
        { name: '.DS_Store', content: 'x' },
      ),
    ],
  ])('%s gives its files by path', async (_what, archive) => {
    const found = await readArchive(archive);

    expect(found.map(({ path }) => path)).toEqual(expected);
    expect(found[1]?.content.toString()).toBe('Page');
  });

  test.each([
    ['pax', (name: string) => tarOf({ name: 'short', pax: { path: name }, content: 'x' })],
    ['GNU', (name: string) => tarOf({ name, isGnuLong: true, content: 'x' })],
  ])('a name of more than 100 bytes is whole (%s)', async (_what, make) => {
    const name = `references/${'long-'.repeat(30)}name.md`;

    expect(await pathsOf(make(name))).toEqual(['SKILL.md', name]);
  });
});

describe('Archives that attack', () => {
  const paths: [string, string, RegExp][] = [
    ['leads out by ".."', '../../etc/passwd', /leads out of the folder of the skill/],
    ['leads out from within', 'scripts/../../x', /leads out of the folder of the skill/],
    ['is absolute', '/etc/passwd', /is absolute/],
    ['is on a drive', 'C:/Windows/x', /is absolute/],
    ['has backslashes', '..\\..\\x', /has a backslash/],
    ['has a control character', 'a\u001bb', /has a control character/],
    ['has an empty name', 'a//b', /has an empty name/],
    ['is deep', `${'a/'.repeat(20)}b`, /is deeper than 10 names/],
    ['is the file of another case', 'skill.MD', /one file where case does not count/],
    ['is there twice', 'SKILL.md', /has the file "SKILL.md" twice/],
    ['takes a file for a folder', 'SKILL.md/x', /both as a file and as a folder/],
  ];

  test.each(paths)('a path that %s is refused', async (_what, name, message) => {
    await expect(readArchive(zipOf({ name, content: 'x' }))).rejects.toMatchObject({
      code: 'INVALID_INPUT',
      message: expect.stringMatching(message),
    });
    await expect(readArchive(tarOf({ name, content: 'x' }))).rejects.toMatchObject({
      code: 'INVALID_INPUT',
      message: expect.stringMatching(message),
    });
  });

  const refused: [string, () => Buffer, RegExp][] = [
    ['a NUL in a name (zip)', () => zipOf({ name: 'a\0.md', content: 'x' }), /NUL/],
    [
      'a NUL in a name (pax)',
      () => tarOf({ name: 'a', pax: { path: 'a\0b' }, content: 'x' }),
      /NUL/,
    ],
    [
      'a name that is no UTF-8',
      () => zipOf({ name: Buffer.from([0xff, 0xfe]), content: 'x' }),
      /not UTF-8/,
    ],
    [
      'a way out in a pax name',
      () => tarOf({ name: 'a', pax: { path: '../x' }, content: 'x' }),
      /leads out/,
    ],
    [
      'a way out in a long GNU name',
      () => tarOf({ name: `../${'x'.repeat(120)}`, isGnuLong: true, content: 'x' }),
      /leads out/,
    ],
    [
      'names that differ by Unicode form',
      () => zipOf({ name: 'é.md' }, { name: 'e\u0301.md' }),
      /are one file/,
    ],
    [
      'a symbolic link (zip)',
      () => zipOf({ name: 'a', content: '/etc/passwd', mode: 0o120777 }),
      /is a symbolic link/,
    ],
    ['a device (zip)', () => zipOf({ name: 'a', mode: 0o020666 }), /is a device/],
    [
      'a symbolic link (tar)',
      () => tarOf({ name: 'a', type: '2', link: '/etc/passwd' }),
      /is a symbolic link/,
    ],
    [
      'a hard link (tar)',
      () => tarOf({ name: 'a', type: '1', link: 'SKILL.md' }),
      /is a hard link/,
    ],
    ['a character device (tar)', () => tarOf({ name: 'a', type: '3' }), /is a device/],
    ['a block device (tar)', () => tarOf({ name: 'a', type: '4' }), /is a device/],
    ['a pipe (tar)', () => tarOf({ name: 'a', type: '6' }), /is a pipe/],
    [
      'a sparse file of GNU tar',
      () => tarOf({ name: 'a', type: 'S', content: 'x' }),
      /is a sparse file/,
    ],
    [
      'a sparse file by pax',
      () => tarOf({ name: 'GNUSparseFile.1/a', pax: { 'GNU.sparse.major': '1' }, content: 'x' }),
      /sparse file/,
    ],
    [
      'attributes without end',
      () => tarOf({ name: 'a', pax: { comment: 'x'.repeat(200_000) }, content: 'x' }),
      /attributes of an entry are larger/,
    ],
    ['an encrypted file', () => zipOf({ name: 'a', content: 'x', flags: 0x801 }), /is encrypted/],
    [
      'a compression that nobody knows',
      () => zipOf({ name: 'a', content: 'x', method: 14 }),
      /packed by method 14/,
    ],
    ['a wrong checksum', () => zipOf({ name: 'a', content: 'x', crc: 1 }), /checksum is wrong/],
    [
      'a tar header with a wrong checksum',
      () => tarOf({ name: 'a', content: 'x', checksum: 1 }),
      /cannot be read: .*checksum/,
    ],
    [
      'a size that is too small',
      () => zipOf({ name: 'a', content: 'longer', bytes: 2 }),
      /cannot be read/,
    ],
    [
      'a size that is too large',
      () => zipOf({ name: 'a', content: 'x', bytes: 2000 }),
      /cannot be read/,
    ],
    [
      'a tar size beyond the end',
      () => tarOf({ name: 'a', content: 'x', bytes: 5000 }),
      /cannot be read/,
    ],
    [
      'a zip64 size of a terabyte',
      () => zipOf({ name: 'a', content: 'x', bytes: 2 ** 40, isZip64: true }),
      /larger than/,
    ],
    [
      'bytes in a folder',
      () => zipOf({ name: 'a/', content: 'x', mode: 0o040755 }),
      /bytes of its own/,
    ],
    ['a bomb by ratio', () => zipOf({ name: 'a', content: zeros }), /more than 250 times as many/],
    [
      'a bomb that hides its size',
      () => zipOf({ name: 'a', content: zeros, bytes: 10 }),
      /cannot be read/,
    ],
    [
      'a bomb of gzip',
      () => gzipSync(tarOf({ name: 'a', content: zeros })),
      /more than 250 times as many/,
    ],
    [
      'a bomb of gzip past all limits',
      () => gzipSync(Buffer.alloc(100 * mebibyte)),
      /unpacks to more than/,
    ],
    [
      'gzip in gzip',
      () => gzipSync(gzipSync(tarOf({ name: 'a', content: 'x' }))),
      /compressed twice/,
    ],
    [
      'files that are too large together',
      () =>
        tarOf(...['a', 'b', 'c'].map((name) => ({ name, content: Buffer.alloc(8 * mebibyte) }))),
      /at most 10485760 are taken/,
    ],
    [
      'files of a zip that share their bytes',
      () =>
        aZip([
          skill,
          ...Array.from({ length: 60 }, (_, at) => ({
            name: `f${at}`,
            content: noise,
            ...(at > 0 ? { sameAs: 1 } : {}),
          })),
        ]),
      /unpacks to more than/,
    ],
    [
      '100,000 files (zip)',
      () =>
        aZip(
          Array.from({ length: 100_000 }, (_, at) => ({ name: `f${at}`, isStored: true })),
          { claimed: 65_534 },
        ),
      /more than 1000 files/,
    ],
    [
      'files that the end does not tell of (zip)',
      () =>
        aZip([skill, ...Array.from({ length: 15 }, (_, at) => ({ name: `f${at}` }))], {
          claimed: 2,
        }),
      /lists other files/,
    ],
    [
      '100,000 files (tar.gz)',
      () => gzipSync(aTar(Array.from({ length: 100_000 }, (_, at) => ({ name: `f${at}` })))),
      /unpacks to more than|times as many/,
    ],
    [
      '10,000 files (tar)',
      () => aTar(Array.from({ length: 10_000 }, (_, at) => ({ name: `f${at}` }))),
      /more than 1000 files/,
    ],
    [
      'a zip archive that ends early',
      () => zipOf({ name: 'a', content: 'x' }).subarray(0, -30),
      /cannot be read/,
    ],
    [
      'a tar archive that ends early',
      () => tarOf({ name: 'a', content: Buffer.alloc(3000) }).subarray(0, -3000),
      /cannot be read/,
    ],
    [
      'a tar.gz archive that ends early',
      () => gzipSync(tarOf({ name: 'a', content: noise })).subarray(0, 500),
      /cannot be unpacked/,
    ],
    ['no bytes', () => Buffer.alloc(0), /The archive is empty/],
    ['what is no archive', () => Buffer.from(aSkillText('notes')), /neither a zip nor a tar/],
    ['a zip archive without entries', () => aZip([]), /./],
  ];

  const noise = Buffer.from(
    Array.from({ length: mebibyte }, (_, at) => (at * 2_654_435_761) >>> 13),
  );

  test.each(refused)('%s is refused with a sentence', async (what, make, message) => {
    if (what === 'a zip archive without entries') {
      expect(await readArchive(make())).toEqual([]);
      return;
    }
    await expect(readArchive(make())).rejects.toMatchObject({
      code: 'INVALID_INPUT',
      message: expect.stringMatching(message),
    });
  });

  test('an archive is never in memory beyond its limits', async () => {
    const bomb = gzipSync(Buffer.alloc(400 * mebibyte));
    const before = process.memoryUsage().arrayBuffers;

    await expect(readArchive(bomb)).rejects.toMatchObject({ code: 'INVALID_INPUT' });

    const grown = process.memoryUsage().arrayBuffers - before;
    expect(grown).toBeLessThan(3 * skillLimits.maxTotalBytes);
  });
});

describe('The folder of a skill', () => {
  const folder = (...names: string[]) =>
    findSkillFolder(names.map((path) => ({ path, content: Buffer.alloc(0) })));

  test('is the top of the archive', () => {
    expect(folder('SKILL.md', 'references/SKILL.md').name).toBeNull();
  });

  test('is the only folder of the archive, which names a skill without a name', () => {
    const { name, files } = folder('notes/SKILL.md', 'notes/references/a.md');

    expect(name).toBe('notes');
    expect(files.map(({ path }) => path)).toEqual(['SKILL.md', 'references/a.md']);
  });

  test.each([
    [[], /has no files/],
    [['README.md'], /has no SKILL.md, only "README.md"/],
    [['skill.md'], /has "skill.md", but not where/],
    [['a/SKILL.md', 'b/SKILL.md'], /more than one skill: "a\/SKILL.md" and "b\/SKILL.md"/],
    [['a/b/SKILL.md'], /but not where a skill has it/],
  ])('is told when it is not there: %j', (names, message) => {
    expect(() => folder(...names)).toThrow(message);
  });
});
