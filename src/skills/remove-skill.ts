import { requireScope } from '../access/require-scope.js';
import { writeCatalog } from '../changes/write-catalog.js';
import { type Context, scopes } from '../context.js';
import { parseInput } from '../lib/parse-input.js';
import { query } from '../storage/sql.js';
import { refuseUnknownSkill, SkillKeyInput } from './get-skill.js';

/** Removes a skill with its versions and files. What depends on it stays. Throws NOT_FOUND. */
export async function removeSkill(
  ctx: Pick<Context, 'em' | 'actor' | 'clock'>,
  raw: SkillKeyInput,
): Promise<boolean> {
  requireScope(ctx.actor, scopes.write);
  const key = parseInput(SkillKeyInput, raw);
  const [column, value] = 'name' in key ? ['name', key.name] : ['id::text', key.id.toLowerCase()];
  if (value.includes('\0')) return refuseUnknownSkill(key);
  await writeCatalog(ctx, async ({ em, record }) => {
    const [deleted] = await query<{ id: string }>(
      em,
      `delete from skills where tenant_id = $1 and ${column} = $2 returning id`,
      [ctx.actor.tenant, value],
    );
    if (!deleted) return refuseUnknownSkill(key);
    await record({ kind: 'SKILL_REMOVED', skillId: deleted.id });
  });
  return true;
}
