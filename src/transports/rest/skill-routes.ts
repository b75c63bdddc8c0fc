import type { FastifyInstance } from 'fastify';
import { listSkillVersions } from '../../skills/list-skill-versions.js';
import { listSkills } from '../../skills/list-skills.js';
import { readSkill } from '../../skills/read-skill.js';
import { readSkillFile } from '../../skills/read-skill-file.js';
import { removeSkill } from '../../skills/remove-skill.js';
import { skillLimits } from '../../skills/skill-limits.js';
import { uploadSkill } from '../../skills/upload-skill.js';
import {
  presentSkill,
  presentSkillFile,
  presentSkillText,
  presentSkillVersion,
  presentUpload,
} from './present-skill.js';
import { pathText, queryText } from './read-request.js';
import { readUploadedFile } from './read-upload.js';
import { contextOf } from './rest-deps.js';

export function registerSkillRoutes(app: FastifyInstance): void {
  app.get('/skills', async (request) => {
    const filter = {
      search: queryText(request, 'search'),
      tool: queryText(request, 'tool'),
      provider: queryText(request, 'provider'),
      category: queryText(request, 'category'),
      agentId: queryText(request, 'agent_id'),
    };
    return (await listSkills(contextOf(request), filter)).map(presentSkill);
  });

  app.post('/skills', { config: { restBody: 'file' } }, async (request) => {
    const archive = await readUploadedFile(request, {
      maxBytes: skillLimits.maxArchiveBytes,
      what: 'a zip, tar or tar.gz archive',
    });
    return presentUpload(await uploadSkill(contextOf(request), { archive }));
  });

  app.get('/skills/:name', async (request) =>
    presentSkillText(
      await readSkill(contextOf(request), {
        name: pathText(request, 'name'),
        contentHash: queryText(request, 'content_hash'),
      }),
    ),
  );

  app.delete('/skills/:name', async (request, reply) => {
    await removeSkill(contextOf(request), { name: pathText(request, 'name') });
    return reply.code(204).send();
  });

  app.get('/skills/:name/versions', async (request) => {
    const versions = await listSkillVersions(contextOf(request), {
      name: pathText(request, 'name'),
    });
    return versions.map(presentSkillVersion);
  });

  app.get('/skills/:name/file', async (request) => {
    const ctx = contextOf(request);
    const file = await readSkillFile(ctx, {
      name: pathText(request, 'name'),
      path: queryText(request, 'path') ?? '',
      contentHash: queryText(request, 'content_hash'),
    });
    return presentSkillFile(file);
  });
}
