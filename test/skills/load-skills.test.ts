import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pino } from 'pino';
import { expect, it } from 'vitest';
import { createLogger } from '../../src/logger.js';
import { loadSkills } from '../../src/skills/load-skills.js';
import { selectSkills } from '../../src/skills/skills.queries.js';
import { uploadSkill } from '../../src/skills/upload-skill.js';
import { query } from '../../src/storage/sql.js';
import { aSkillText, aSkillZip } from '../support/archives.js';
import { openTestStorage } from '../support/test-storage.js';

const clock = { now: () => new Date() };
const actor = {
  tenant: 'acme',
  app: null,
  subject: null,
  scopes: new Set(['catalog:read', 'catalog:write']),
  expiresAt: null,
};

async function openDirectory() {
  await using stack = new AsyncDisposableStack();
  const dir = await mkdtemp(join(tmpdir(), 'skills-'));
  stack.defer(() => rm(dir, { recursive: true }));
  const storage = stack.use(await openTestStorage());
  const logged: string[] = [];
  const write = (line: string) => logged.push(line);
  const logger = pino({ level: 'warn' }, { write });
  const held = stack.move();
  return {
    dir,
    logged,
    storage,
    ctx: () => ({ em: storage.fork(), actor, clock }),
    load: () => loadSkills({ dir, tenant: 'acme', clock, logger, fork: () => storage.fork() }),
    write: async (path: string, content: string) => {
      await mkdir(dirname(join(dir, path)), { recursive: true });
      await writeFile(join(dir, path), content);
    },
    versions: async () =>
      Object.fromEntries(
        (await selectSkills(storage.fork(), 'acme')).map(({ name, version }) => [name, version]),
      ),
    [Symbol.asyncDispose]: () => held.disposeAsync(),
  };
}

it('takes over each folder once, for the tenant that it is given', async () => {
  await using skills = await openDirectory();
  await skills.write('notes/SKILL.md', aSkillText('notes', { version: '1' }));
  await skills.write('notes/references/a.md', 'A');
  await skills.write('bare/SKILL.md', '# Bare\n\nWithout front matter.');
  await skills.write('.git/SKILL.md', aSkillText('hidden'));
  await skills.write('README.md', 'No skill.');

  expect(await skills.load()).toEqual({ written: 2, unchanged: 0, failed: 0 });
  expect(await skills.load()).toEqual({ written: 0, unchanged: 2, failed: 0 });
  expect(await skills.versions()).toEqual({ bare: '0.1.0', notes: '1' });
  const [revision] = await query<{ revision: string }>(
    skills.storage.fork(),
    "select revision from catalog_revisions where tenant_id = 'acme'",
  );
  expect(revision?.revision).toBe('2');
});

it('leaves what was uploaded meanwhile, until the folder changes', async () => {
  await using skills = await openDirectory();
  await skills.write('notes/SKILL.md', aSkillText('notes', { version: '1' }));
  await skills.load();
  await uploadSkill(skills.ctx(), { archive: aSkillZip('notes', { version: 'uploaded' }) });

  expect(await skills.load()).toMatchObject({ written: 0 });
  expect(await skills.versions()).toEqual({ notes: 'uploaded' });
  await skills.write('notes/SKILL.md', aSkillText('notes', { version: '2' }));
  expect(await skills.load()).toMatchObject({ written: 1 });
  expect(await skills.versions()).toEqual({ notes: '2' });
});

it('tells the log what is wrong with a folder, and loads the others', async () => {
  await using skills = await openDirectory();
  await skills.write('good/SKILL.md', aSkillText('good'));
  await skills.write('empty/README.md', 'x');
  await skills.write('linked/SKILL.md', aSkillText('linked'));
  await symlink('/etc/passwd', join(skills.dir, 'linked/passwd'));
  await skills.write('wrong/SKILL.md', '---\nname: [\n---\n');

  expect(await skills.load()).toEqual({ written: 1, unchanged: 0, failed: 3 });
  const log = skills.logged.join('');
  expect(log).toContain('The folder has no SKILL.md.');
  expect(log).toContain('is neither a file nor a folder');
  expect(log).toContain('the front matter cannot be read');
});

it('says that a directory is not there', async () => {
  await using skills = await openDirectory();
  const { dir } = skills;
  const logger = createLogger({ level: 'silent' });
  const options = { dir: join(dir, 'gone'), tenant: 'acme', clock, logger };

  await expect(loadSkills({ ...options, fork: () => skills.storage.fork() })).rejects.toMatchObject(
    {
      code: 'NOT_CONFIGURED',
      message: expect.stringContaining('SKILLS_DIR cannot be read'),
    },
  );
});
