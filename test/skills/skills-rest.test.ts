import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import { query } from '../../src/storage/sql.js';
import { aSkillText, aSkillZip, aTar, aZip } from '../support/archives.js';
import { type Ask, formOf, openRestApp } from '../transports/rest-app.js';

const rest = await openRestApp();
afterAll(() => rest[Symbol.asyncDispose]());

const upload = async (ask: Ask, archive: Buffer) =>
  ask({
    method: 'POST',
    url: '/tools/skills',
    ...(await formOf({ file: new Blob([new Uint8Array(archive)]) })),
  });

describe('/tools/skills', () => {
  it('takes an archive, shows it and forgets it', async () => {
    const ask = rest.caller();
    const archive = gzipSync(
      aTar([
        { name: 'notes/SKILL.md', content: aSkillText('notes', { tools: ['a:b'] }) },
        { name: 'notes/references/a.md', content: 'A' },
        { name: 'notes/logo.bin', content: Buffer.from([0, 255]) },
      ]),
    );

    const uploaded = await upload(ask, archive);
    expect([uploaded.statusCode, uploaded.json()]).toMatchObject([
      200,
      { outcome: 'created', skill: { name: 'notes', tools: ['a:b'], file_count: 3 } },
    ]);
    expect((await upload(ask, archive)).json()).toMatchObject({ outcome: 'unchanged' });
    expect((await ask({ url: '/tools/skills?search=note' })).json()).toMatchObject([
      { name: 'notes' },
    ]);
    expect((await ask({ url: '/tools/skills/notes' })).json()).toMatchObject({
      content: '# notes\n',
      files: [{ path: 'SKILL.md' }, { path: 'logo.bin', bytes: 2 }, { path: 'references/a.md' }],
    });
    const file = async (path: string) =>
      (await ask({ url: `/tools/skills/notes/file?path=${encodeURIComponent(path)}` })).json();
    expect(await file('references/a.md')).toEqual({
      path: 'references/a.md',
      encoding: 'utf-8',
      content: 'A',
    });
    expect(await file('logo.bin')).toMatchObject({ encoding: 'base64', content: 'AP8=' });
    expect((await ask({ url: '/tools/skills/notes/versions' })).json()).toMatchObject([
      { is_current: true },
    ]);
    expect((await ask({ method: 'DELETE', url: '/tools/skills/notes' })).statusCode).toBe(204);
    expect((await ask({ url: '/tools/skills/notes' })).statusCode).toBe(404);
  });

  it('reads files of a neighbour by its name, and no other', async () => {
    const ask = rest.caller();
    await upload(ask, aSkillZip('one', {}, { 'references/a.md': 'A' }));
    await upload(ask, aSkillZip('two'));
    const read = async (path: string) =>
      ask({ url: `/tools/skills/two/file?path=${encodeURIComponent(path)}` });

    expect((await read('../one/references/a.md')).json()).toMatchObject({ content: 'A' });
    expect((await read('../gone/references/a.md')).statusCode).toBe(404);
    expect((await read('references/a.md')).statusCode).toBe(404);
    for (const path of [
      '',
      '..',
      '../one',
      '../../etc/passwd',
      '../one/../two/SKILL.md',
      '/etc/passwd',
      'a\\b',
      'a\0b',
    ]) {
      expect([path, (await read(path)).statusCode]).toEqual([path, 422]);
    }
    const unknown = await ask({ url: '/tools/skills/one?content_hash=%00' });
    expect(unknown.statusCode).toBe(404);
  });

  it.each([
    ['slips out', aZip([{ name: '../SKILL.md', content: aSkillText('x') }]), /leads out/],
    [
      'is a bomb',
      aZip([
        { name: 'SKILL.md', content: aSkillText('x') },
        { name: 'a', content: Buffer.alloc(5 * 1024 ** 2) },
      ]),
      /times as many/,
    ],
    [
      'has a symbolic link',
      aZip([
        { name: 'SKILL.md', content: aSkillText('x') },
        { name: 'a', content: '/etc/passwd', mode: 0o120777 },
      ]),
      /symbolic link/,
    ],
    [
      'has 100,000 files',
      aZip(Array.from({ length: 100_000 }, (_, at) => ({ name: `f${at}`, isStored: true }))),
      /more than 1000/,
    ],
    ['is no archive', Buffer.from('PK?'), /neither a zip nor a tar/],
    [
      'is larger than an archive may be',
      Buffer.alloc(11 * 1024 ** 2),
      /larger than 10485760 bytes/,
    ],
    ['has no SKILL.md', aZip([{ name: 'README.md', content: 'x' }]), /no SKILL.md/],
    [
      'has front matter that is wrong',
      aZip([{ name: 'SKILL.md', content: '---\nname: [x\n---\n' }]),
      /cannot be read/,
    ],
    ['depends on itself', aSkillZip('x', { depends_on: ['x'] }), /x → x/],
  ])('refuses an archive that %s, and stores nothing', async (_what, archive, message) => {
    const tenant = `attacked-${_what.replace(/\W+/g, '-')}`;
    const answer = await upload(rest.caller(tenant), archive);

    expect([413, 422]).toContain(answer.statusCode);
    expect(JSON.stringify(answer.json().detail)).toMatch(message);
    const stored = await query(
      rest.app.ports.storage.fork(),
      `select tenant_id from skills where tenant_id = $1 union all
       select tenant_id from skill_files where tenant_id = $1 union all
       select tenant_id from catalog_changes where tenant_id = $1`,
      [tenant],
    );
    expect(stored).toEqual([]);
  });

  it('says what a form without a file lacks', async () => {
    const form = await formOf({ other: 'x' });
    const answer = await rest.caller()({ method: 'POST', url: '/tools/skills', ...form });

    expect(answer.statusCode).toBe(422);
    expect(answer.json()).toMatchObject({ detail: [{ loc: ['body', 'file'] }] });
  });
});
