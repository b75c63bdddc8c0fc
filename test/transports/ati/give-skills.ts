import { uploadSkill } from '../../../src/skills/upload-skill.js';
import { aSkillZip } from '../../support/archives.js';
import type { AtiScene } from './ati-app.js';

/** Skills of a tenant: `pet-care` needs `washing`; `file-search` is of the MCP server, `pet-tags` of a tag, `secret` of nothing. */
export async function giveSkills({ app }: Pick<AtiScene, 'app'>, tenant = 'acme') {
  const { storage, clock } = app.ports;
  const granted = new Set(['catalog:read', 'catalog:write']);
  const actor = { tenant, app: null, subject: null, scopes: granted, expiresAt: null };
  const upload = async (archive: Promise<Buffer> | Buffer) =>
    uploadSkill({ em: storage.fork(), actor, clock }, { archive: await archive });
  await upload(
    aSkillZip(
      'pet-care',
      {
        description: 'How pets are cared for',
        tools: ['pet-store:listPets'],
        keywords: ['grooming'],
        depends_on: ['washing'],
        hint: 'Read first',
      },
      {
        'references/food.md': '# Food',
        'references/deep/teeth.md': '# Teeth',
        'references/photo.png': Buffer.from([0, 255, 1]),
        'scripts/wash.sh': 'echo wash',
        'assets/logo.bin': Buffer.from([0, 1, 2, 255]),
        '.hidden': 'x',
      },
    ),
  );
  await upload(aSkillZip('washing', { description: 'How pets are washed' }, { 'a.md': 'soap' }));
  await upload(
    aSkillZip('file-search', { description: 'How files are found', providers: ['files'] }),
  );
  await upload(aSkillZip('secret', { description: 'For nobody' }, { 'a.md': 'hush' }));
  await upload(aSkillZip('pet-tags', { description: 'Of a category', categories: ['pets'] }));
}
