import { z } from 'zod';
import { requireScope } from '../access/require-scope.js';
import { type Context, scopes } from '../context.js';
import { parseInput } from '../lib/parse-input.js';
import { findSkillFolder } from './archive/find-skill-folder.js';
import { readArchive } from './archive/read-archive.js';
import { planSkill } from './plan-skill.js';
import { skillLimits } from './skill-limits.js';
import { type WrittenSkill, writeSkill } from './write-skill.js';

const maxBase64Length = Math.ceil(skillLimits.maxArchiveBytes / 3) * 4;
const tooLarge = `expected at most ${skillLimits.maxArchiveBytes} bytes`;

/** A zip, tar or tar.gz archive: its bytes, or these in base64 (RFC 4648 section 4). */
const Archive = z.unknown().transform((given, ctx): Buffer => {
  const read = given instanceof Uint8Array ? toBuffer(given) : decodeBase64(given);
  if (Buffer.isBuffer(read)) return read;
  ctx.addIssue({ code: 'custom', message: read });
  return z.NEVER;
});

export const UploadSkillInput = z.object({ archive: Archive });
export type UploadSkillInput = { archive: Uint8Array | string };

/**
 * Adds the skill of an archive, or makes it the present version of the one of its name. The same files as now write
 * nothing. Throws INVALID_INPUT with a sentence for an archive or a SKILL.md that is not as it should be: nothing of it
 * is stored then.
 */
export async function uploadSkill(
  ctx: Pick<Context, 'em' | 'actor' | 'clock'>,
  raw: UploadSkillInput,
): Promise<WrittenSkill> {
  requireScope(ctx.actor, scopes.write);
  const { archive } = parseInput(UploadSkillInput, raw);
  const draft = planSkill(findSkillFolder(await readArchive(archive)));
  return writeSkill(ctx, draft, 'UPLOAD');
}

function toBuffer({ buffer, byteOffset, byteLength }: Uint8Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength);
}

/** The bytes, or what is wrong. */
function decodeBase64(given: unknown): Buffer | string {
  if (typeof given !== 'string') return 'expected a zip, tar or tar.gz archive in base64';
  // Line breaks are dropped, but not by the megabyte.
  if (given.length > maxBase64Length * 1.1) return tooLarge;
  const bare = given.replace(/\s+/g, '');
  if (bare.length > maxBase64Length) return tooLarge;
  const bytes = Buffer.from(bare, 'base64');
  if (bytes.toString('base64') === bare) return bytes;
  return 'expected base64 (RFC 4648 section 4)';
}
