import { lstat, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Context, scopes } from '../context.js';
import { AppError } from '../errors.js';
import { ArchiveContents } from './archive/archive-contents.js';
import { archiveRefusal, showName } from './archive/archive-refusal.js';
import { planSkill } from './plan-skill.js';
import { writeSkill } from './write-skill.js';

export type LoadSkillsOptions = Pick<Context, 'clock' | 'logger'> & {
  fork(): Context['em'];
  /** A folder for each skill. */
  dir: string;
  /** Whose skills they become. */
  tenant: string;
};

/** How many skills were written, were there already, and could not be read. */
export type LoadedSkills = { written: number; unchanged: number; failed: number };

/**
 * Brings the tenant's skills up to date with a directory. A folder that has not changed since it was loaded last is
 * passed over, so that what was uploaded meanwhile stays; a folder that is gone takes nothing away. One that is wrong
 * is told to the log and does not keep the others back. Throws NOT_CONFIGURED when the directory cannot be read.
 */
export async function loadSkills(options: LoadSkillsOptions): Promise<LoadedSkills> {
  const { dir, tenant, logger } = options;
  const loaded: LoadedSkills = { written: 0, unchanged: 0, failed: 0 };
  for (const folder of await listFolders(dir)) {
    try {
      const outcome = await loadSkill(options, folder);
      loaded[outcome === 'UNCHANGED' ? 'unchanged' : 'written'] += 1;
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      loaded.failed += 1;
      logger.error(`The skill in ${join(dir, folder)} was not loaded. ${error.message}`);
    }
  }
  logger.info({ ...loaded, dir, tenant }, 'skills were loaded');
  return loaded;
}

async function listFolders(dir: string): Promise<string[]> {
  try {
    const entries = await readdir(dir, { withFileTypes: true });
    const folders = entries.filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'));
    return folders.map(({ name }) => name).sort();
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new AppError('NOT_CONFIGURED', `SKILLS_DIR cannot be read: ${reason}.`, {}, { cause });
  }
}

async function loadSkill({ fork, dir, tenant, clock, logger }: LoadSkillsOptions, folder: string) {
  const contents = new ArchiveContents();
  await collect(join(dir, folder), '', contents);
  const draft = planSkill({ name: folder, files: contents.list() });
  const actor = {
    tenant,
    app: null,
    subject: null,
    scopes: new Set([scopes.read, scopes.write]),
    expiresAt: null,
  };
  const { outcome, warnings } = await writeSkill({ em: fork(), actor, clock }, draft, 'DIRECTORY');
  if (outcome !== 'UNCHANGED') {
    for (const warning of warnings) logger.warn(`The skill "${draft.manifest.name}": ${warning}`);
  }
  return outcome;
}

/** What the folder holds, within the limits of an archive; names that begin with a dot are passed over. */
async function collect(root: string, below: string, contents: ArchiveContents): Promise<void> {
  const names = (await readdir(join(root, below))).filter((name) => !name.startsWith('.')).sort();
  for (const name of names) {
    contents.countEntry();
    const path = below === '' ? name : `${below}/${name}`;
    const found = await lstat(join(root, path));
    if (found.isDirectory()) {
      contents.addFolder(path);
      await collect(root, path, contents);
    } else if (found.isFile()) {
      const kept = contents.openFile(path, { bytes: found.size, packedBytes: null });
      if (kept !== null) contents.keep(kept, await readFile(join(root, path)));
    } else {
      throw archiveRefusal(`${showName(path)} is neither a file nor a folder.`);
    }
  }
}
