import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type AtiScene, anAtiScene, aToken } from './ati-app.js';
import { giveSkills } from './give-skills.js';
import { must } from './requirements.js';

let ati: AtiScene;
beforeAll(async () => {
  ati = await anAtiScene();
  await giveSkills(ati);
});
afterAll(() => ati[Symbol.asyncDispose]());

const names = (json: { name: string }[]) => json.map(({ name }) => name);
const scoped = async (path: string, scope: string, body?: unknown) =>
  ati.ask(path, { token: await aToken({ scope }), ...(body === undefined ? {} : { body }) });

describe('/skills', () => {
  it(must('route-skills'), async () => {
    const all = await ati.ask('/skills');
    expect(names(all.json)).toEqual(['file-search', 'pet-care', 'pet-tags', 'secret', 'washing']);
    expect(all.json[1]).toEqual({
      ...{ name: 'pet-care', version: '0.1.0', description: 'How pets are cared for' },
      ...{ tools: ['pet-store:listPets'], providers: [], categories: [], hint: 'Read first' },
    });
    expect(names((await ati.ask('/skills?search=grooming')).json)).toEqual(['pet-care']);
    expect(names((await ati.ask('/skills?category=pets')).json)).toEqual(['pet-tags']);
    expect(names((await ati.ask('/skills?provider=files')).json)).toEqual(['file-search']);
    expect(names((await ati.ask('/skills?tool=pet-store:listPets')).json)).toEqual(['pet-care']);
    const first = await ati.ask('/skills?tool=pet-store:listPets&search=soap%20washed');
    expect(names(first.json)[0]).toBe('washing');
  });

  it(must('scope-skills'), async () => {
    expect(names((await scoped('/skills', 'skill:secret')).json)).toEqual(['secret']);
    expect(names((await scoped('/skills', 'skill:pet-*')).json)).toEqual([
      ...['pet-care', 'pet-tags', 'washing'],
    ]);
    expect(names((await scoped('/skills', 'tool:files:*')).json)).toEqual(['file-search']);
    expect(names((await scoped('/skills', 'tool:pet-store_listPets')).json)).toEqual([
      ...['pet-care', 'pet-tags', 'washing'],
    ]);
    expect((await scoped('/skills', '')).json).toEqual([]);
    for (const path of ['/skills/secret', '/skills/secret/bundle', '/skillati/secret']) {
      const { status, json } = await scoped(path, 'tool:files:*');
      expect({ status, json }).toEqual({
        status: 404,
        json: { error: "Skill 'secret' not found" },
      });
    }
  });

  it(must('skill-depends'), async () => {
    expect((await scoped('/skills/washing', 'skill:pet-care')).status).toBe(200);
  });

  it(must('route-skill'), async () => {
    const plain = await ati.ask('/skills/pet-care');
    expect(Object.keys(plain.json)).toEqual(['name', 'version', 'description', 'content']);
    expect(plain.json.content).not.toContain('---');
    const { json: refs } = await ati.ask('/skills/pet-care?refs=true');
    expect(refs.references).toEqual(['deep/teeth.md', 'food.md', 'photo.png']);
    const { json: meta } = await ati.ask('/skills/pet-care?meta=true&refs=false');
    expect(meta).toEqual({
      ...{ name: 'pet-care', version: '0.1.0', description: 'How pets are cared for' },
      ...{ author: null, tools: ['pet-store:listPets'], providers: [], categories: [] },
      ...{ keywords: ['grooming'], hint: 'Read first', depends_on: ['washing'], suggests: [] },
      ...{ license: null, compatibility: null, allowed_tools: null, format: 'anthropic' },
    });
  });

  it(must('route-skill-bundle'), async () => {
    const { json } = await ati.ask('/skills/pet-care/bundle');
    expect(json.name).toBe('pet-care');
    expect(json.files['references/food.md']).toBe('# Food');
    expect(json.files['assets/logo.bin']).toEqual({ base64: 'AAEC/w==' });
    expect(json.files['SKILL.md']).toContain('description: ');
  });

  it(must('route-skills-bundle'), async () => {
    const { json } = await scoped('/skills/bundle', 'skill:washing', {
      names: ['washing', 'secret', 'nope'],
    });
    expect(Object.keys(json.skills)).toEqual(['washing']);
    expect(json.skills.washing.files['a.md']).toBe('soap');
    expect(json.missing).toEqual(['secret', 'nope']);
  });

  it(must('skill-batch'), async () => {
    const many = Array.from({ length: 51 }, (_, index) => `s${index}`);
    const answer = await ati.ask('/skills/bundle', { body: { names: many } });
    expect(answer).toMatchObject({
      ...{ status: 400, json: { error: 'batch size 51 exceeds limit of 50' } },
    });
    expect((await ati.ask('/skills/bundle', { body: { names: [] } })).json).toEqual({
      ...{ skills: {}, missing: [] },
    });
  });

  it(must('route-skills-resolve'), async () => {
    const body = { scopes: ['tool:pet-store:listPets', 'skill:secret'], include_content: true };
    const all = await ati.ask('/skills/resolve', { body });
    expect(names(all.json)).toEqual(['secret', 'pet-care', 'pet-tags', 'washing']);
    expect(all.json[1]).toMatchObject({
      tools: ['pet-store:listPets'],
      content: expect.any(String),
    });
    const less = await scoped('/skills/resolve', 'tool:pet-store:*', { scopes: body.scopes });
    expect(names(less.json)).toEqual(['pet-care', 'pet-tags', 'washing']);
    expect(less.json[0]).not.toHaveProperty('content');
  });

  it(must('skill-resolve-star'), async () => {
    expect((await ati.ask('/skills/resolve', { body: { scopes: ['*'] } })).json).toEqual([]);
  });
});

describe('/skillati', () => {
  it(must('route-skillati-catalog'), async () => {
    const { json } = await ati.ask('/skillati/catalog');
    expect(names(json.skills)).toEqual([
      'file-search',
      'pet-care',
      'pet-tags',
      'secret',
      'washing',
    ]);
    expect(json.skills[1]).toEqual({
      ...{ name: 'pet-care', description: 'How pets are cared for' },
      ...{ skill_directory: 'skillati://pet-care', keywords: ['grooming'] },
      tools: ['pet-store:listPets'],
    });
    const found = await ati.ask('/skillati/catalog?search=pets%20grooming');
    expect(names(found.json.skills)).toEqual(['pet-care', 'pet-tags', 'washing']);
    expect((await scoped('/skillati/catalog', '')).json).toEqual({ skills: [] });
  });

  it(must('route-skillati'), async () => {
    const { json } = await ati.ask('/skillati/pet-care');
    expect(Object.keys(json)).toEqual(['name', 'description', 'skill_directory', 'content']);
    expect(json.skill_directory).toBe('skillati://pet-care');
  });

  it(must('must-skill-texts'), async () => {
    const { json } = await ati.ask('/skillati/washing');
    for (const value of Object.values(json)) expect(typeof value).toBe('string');
  });

  it(must('route-skillati-resources'), async () => {
    const { json } = await ati.ask('/skillati/pet-care/resources');
    expect(json).toEqual({
      ...{ name: 'pet-care', prefix: null },
      resources: [
        ...['assets/logo.bin', 'references/deep/teeth.md', 'references/food.md'],
        ...['references/photo.png', 'scripts/wash.sh'],
      ],
    });
    const some = await ati.ask('/skillati/pet-care/resources?prefix=references%2Fdeep');
    expect(some.json).toMatchObject({
      ...{ prefix: 'references/deep', resources: ['references/deep/teeth.md'] },
    });
    expect((await ati.ask('/skillati/pet-care/resources?prefix=ref')).json.resources).toEqual([]);
  });

  it(must('route-skillati-file'), async () => {
    const { json } = await ati.ask('/skillati/pet-care/file?path=references%2Ffood.md');
    expect(json).toEqual({
      ...{ requested_skill: 'pet-care', resolved_skill: 'pet-care', path: 'references/food.md' },
      ...{ kind: 'text', content: '# Food' },
    });
    const lost = await ati.ask('/skillati/pet-care/file?path=nope.md');
    expect(lost).toMatchObject({
      status: 404,
      json: { error: "Path 'nope.md' not found in skill 'pet-care'" },
    });
  });

  it(must('must-file-texts'), async () => {
    const { json } = await ati.ask('/skillati/pet-care/file?path=assets/logo.bin');
    expect(json).toMatchObject({ kind: 'binary', encoding: 'base64', content: 'AAEC/w==' });
  });

  it(must('route-skillati-refs'), async () => {
    const { json } = await ati.ask('/skillati/pet-care/refs');
    expect(json).toEqual({
      ...{ name: 'pet-care', references: ['deep/teeth.md', 'food.md', 'photo.png'] },
    });
  });

  it(must('route-skillati-ref'), async () => {
    const { json } = await ati.ask('/skillati/pet-care/ref/deep%2Fteeth.md');
    expect(json).toEqual({ name: 'pet-care', reference: 'deep/teeth.md', content: '# Teeth' });
    expect((await ati.ask('/skillati/pet-care/ref/photo.png')).status).toBe(400);
    expect((await ati.ask('/skillati/pet-care/ref/nope.md')).status).toBe(404);
  });

  it.each(['/etc/passwd', 'a\\b', 'a%00b', '../../x', '..', 'a/../../../b', '../%2E%2E/x'])(
    must('skill-paths', '%s'),
    async (path) => {
      const { status, json } = await ati.ask(`/skillati/pet-care/file?path=${path}`);
      expect(status).toBe(400);
      expect(json.error).toMatch(/^Invalid skill-relative path '/);
    },
  );

  it(must('better-siblings'), async () => {
    const path = '/skillati/pet-care/file?path=../secret/a.md';
    const { json } = await ati.ask(path);
    expect(json).toMatchObject({ requested_skill: 'pet-care', resolved_skill: 'secret' });
    expect((await scoped(path, 'skill:pet-care')).status).toBe(404);
    const own = '/skillati/pet-care/file?path=../washing/a.md';
    expect((await scoped(own, 'skill:pet-care')).json.content).toBe('soap');
  });
});

it('tells the skills of a tool and of its provider', async () => {
  expect((await ati.ask('/tools/pet-store:listPets')).json.skills).toEqual([
    ...['pet-care', 'pet-tags', 'washing'],
  ]);
  const { json } = await ati.ask('/tools?provider=files');
  for (const { skills } of json) expect(skills).toEqual(['file-search']);
  expect((await ati.ask('/health')).json.skills).toBe(5);
});
