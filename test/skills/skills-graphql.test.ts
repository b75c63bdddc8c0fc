import { afterAll, expect, it } from 'vitest';
import { query } from '../../src/storage/sql.js';
import {
  AgentSkillsDocument,
  RemoveSkillDocument,
  SkillChangesDocument,
  SkillDocument,
  SkillEntitiesDocument,
  SkillFileDocument,
  SkillsDocument,
  UploadSkillDocument,
} from '../generated/documents.js';
import { aSkillZip, aZip } from '../support/archives.js';
import { type Asker, openGraphqlHarness } from '../support/graphql-harness.js';
import { seedCatalog } from '../support/seed-catalog.js';

const graphql = await openGraphqlHarness({ maxBodyBytes: 50 * 1024 ** 2 });
afterAll(() => graphql[Symbol.asyncDispose]());

const upload = async (archive: Buffer, asker: Asker) => {
  const { data, errors } = await graphql.ask(
    UploadSkillDocument,
    { archive: archive.toString('base64') },
    asker,
  );
  return { done: data?.uploadSkill, error: errors[0] };
};
const namesOf = (skills: { name: string }[] | undefined) => skills?.map(({ name }) => name);

it('leads a skill from its first version to its end', async () => {
  const asker = { tenant: 'whole-life' };
  const first = aSkillZip(
    'notes',
    { version: '1' },
    { 'references/a.md': 'One', 'logo.png': Buffer.from([137, 0, 255]) },
  );
  const second = aSkillZip('notes', { version: '2' }, { 'references/a.md': 'Two' });

  const created = (await upload(first, asker)).done;
  expect(created).toMatchObject({
    outcome: 'CREATED',
    warnings: [],
    skill: { name: 'notes', version: '1', fileCount: 3 },
  });
  const again = (await upload(first, asker)).done;
  expect(again).toMatchObject({ outcome: 'UNCHANGED', revision: created?.revision });
  const updated = (await upload(second, asker)).done;
  expect(updated).toMatchObject({
    outcome: 'UPDATED',
    skill: { id: created?.skill.id, version: '2' },
  });
  expect(Number(updated?.revision)).toBe(Number(created?.revision) + 1);

  const read = (await graphql.ask(SkillDocument, { name: 'notes' }, asker)).data?.skill;
  expect(read).toMatchObject({
    content: '# notes\n',
    files: [{ path: 'SKILL.md' }, { path: 'references/a.md', bytes: 3 }],
    versions: [
      { version: '2', isCurrent: true },
      { version: '1', isCurrent: false, fileCount: 3 },
    ],
  });
  const old = { name: 'notes', contentHash: created?.skill.contentHash ?? '' };
  const file = async (path: string) =>
    (await graphql.ask(SkillFileDocument, { ...old, path }, asker)).data?.skill?.file;
  expect(await file('references/a.md')).toMatchObject({ text: 'One', base64: null });
  expect(await file('logo.png')).toMatchObject({ text: null, base64: 'iQD/' });

  const back = (await upload(first, asker)).done;
  expect(back).toMatchObject({ outcome: 'UPDATED', skill: { version: '1' } });
  const removed = await graphql.ask(RemoveSkillDocument, { id: created?.skill.id ?? '' }, asker);
  expect(removed.data?.removeSkill).toBe(true);
  expect((await graphql.ask(SkillDocument, { name: 'notes' }, asker)).data?.skill).toBeNull();
  const changes = (await graphql.ask(SkillChangesDocument, { after: '0' }, asker)).data;
  expect(changes?.catalogChanges.map(({ kind }) => kind)).toEqual([
    'SKILL_UPLOADED',
    'SKILL_UPLOADED',
    'SKILL_UPLOADED',
    'SKILL_REMOVED',
  ]);
  const left = await query<{ count: string }>(
    graphql.fork(),
    "select count(*)::text as count from skill_files where tenant_id = 'whole-life'",
  );
  expect(left).toEqual([{ count: '0' }]);
});

it('counts as the same skill however it is packed', async () => {
  const asker = { tenant: 'packing' };
  const files = ['SKILL.md', 'a.md'].map((name) => ({
    name,
    content: name === 'a.md' ? 'A' : '---\nname: x\ndescription: y\n---\n',
  }));

  await upload(aZip(files), asker);
  const other = aZip(
    files.toReversed().map((file) => ({ ...file, name: `x/${file.name}`, isStored: true })),
  );

  expect((await upload(other, asker)).done?.outcome).toBe('UNCHANGED');
});

it('names the tools that are there, of the provider that it says', async () => {
  const asker = { tenant: 'bound' };
  const { endpointIds } = await seedCatalog(graphql.fork(), {
    ...asker,
    apis: 2,
    agents: ['atlas'],
  });
  const toolsOf = async (tools: string[]) => {
    const name = `s${tools
      .join('')
      .toLowerCase()
      .replace(/[^a-z0-9]/g, '')}`;
    const id = (await upload(aSkillZip(name, { tools }), asker)).done?.skill.id ?? '';
    const { data } = await graphql.ask(SkillDocument, { id }, asker);
    return data?.skill?.tools.map((tool) => tool.id);
  };

  expect(await toolsOf(['api-02:get_01'])).toEqual([endpointIds[2]]);
  expect(await toolsOf(['API 02:get_02'])).toEqual([endpointIds[3]]);
  expect(await toolsOf(['api-01_get_02', 'nobody'])).toEqual([endpointIds[1]]);
  expect(await toolsOf(['get_01'])).toEqual([endpointIds[0], endpointIds[2]]);
  expect(await toolsOf(['end_call'])).toHaveLength(1);
});

it('shows an agent what its tools lead to, with what that depends on', async () => {
  const asker = { tenant: 'visible' };
  await seedCatalog(graphql.fork(), { ...asker, agents: ['atlas'] });
  const skills: [string, Record<string, string[]>][] = [
    ['by-tool', { tools: ['api-01:get_01'], depends_on: ['middle'] }],
    ['by-provider', { providers: ['API 01'] }],
    ['by-tag', { categories: ['Things'] }],
    ['middle', { depends_on: ['base'] }],
    ['base', {}],
    ['unseen', { tools: ['api-01:get_02'] }],
    ['nobodys', {}],
  ];
  for (const [name, fields] of skills) await upload(aSkillZip(name, fields), asker);

  const { data } = await graphql.ask(AgentSkillsDocument, { agentId: 'atlas' }, asker);
  expect(namesOf(data?.agent.skills)).toEqual([
    'base',
    'by-provider',
    'by-tag',
    'by-tool',
    'middle',
  ]);
  const nobody = await graphql.ask(AgentSkillsDocument, { agentId: 'nobody' }, asker);
  expect(nobody.data?.agent.skills).toEqual([]);
  const listed = async (filter: object) =>
    namesOf((await graphql.ask(SkillsDocument, filter, asker)).data?.skills);
  expect(await listed({ search: 'tag unseen' })).toEqual(['by-tag', 'unseen']);
  expect(await listed({ provider: 'api-01' })).toEqual(['by-provider']);
  expect(await listed({ tool: 'api-01:get_02' })).toEqual(['unseen']);
  expect(await listed({ agentId: 'atlas', category: 'Things' })).toEqual(['by-tag']);
  const middle = (await graphql.ask(SkillDocument, { name: 'by-tool' }, asker)).data?.skill;
  expect(namesOf(middle?.dependencies)).toEqual(['middle', 'base']);
});

it('refuses dependencies that go in a circle, and says which way', async () => {
  const asker = { tenant: 'circle' };
  await upload(aSkillZip('a', { depends_on: ['b'] }), asker);
  await upload(aSkillZip('b', { depends_on: ['c'] }), asker);

  const { error } = await upload(aSkillZip('c', { depends_on: ['a'] }), asker);
  expect(error?.message).toContain('leads back to the skill itself: c → a → b → c');
  expect((await upload(aSkillZip('d', { depends_on: ['d'] }), asker)).error?.message).toContain(
    'd → d',
  );
  expect((await upload(aSkillZip('e', { depends_on: ['zz'] }), asker)).done?.warnings).toEqual([
    'It depends on "zz", which is not there yet.',
  ]);
});

it('is of one tenant alone', async () => {
  const { skill } = (await upload(aSkillZip('secret-plan'), { tenant: 'owner' })).done ?? {};
  const asker = { tenant: 'stranger' };
  const id = skill?.id ?? '';

  expect((await graphql.ask(SkillDocument, { id }, asker)).data?.skill).toBeNull();
  expect((await graphql.ask(SkillsDocument, {}, asker)).data?.skills).toEqual([]);
  const representations = [{ __typename: 'Skill', id }];
  const entities = await graphql.ask(SkillEntitiesDocument, { ids: representations }, asker);
  expect(entities.data?._entities).toEqual([null]);
  expect((await graphql.ask(RemoveSkillDocument, { id }, asker)).errors[0]?.extensions?.code).toBe(
    'NOT_FOUND',
  );
  const own = await graphql.ask(
    SkillEntitiesDocument,
    { ids: representations },
    { tenant: 'owner' },
  );
  expect(own.data?._entities).toEqual([{ name: 'secret-plan' }]);
});

it('takes uploads of one skill at once as one after the other', async () => {
  const asker = { tenant: 'at-once' };
  const archives = ['1', '2', '1', '2'].map((version) => aSkillZip('notes', { version }));

  const results = await Promise.all(archives.map((archive) => upload(archive, asker)));

  expect(results.map(({ error }) => error)).toEqual([undefined, undefined, undefined, undefined]);
  expect(results.filter(({ done }) => done?.outcome === 'CREATED')).toHaveLength(1);
  const { data } = await graphql.ask(SkillChangesDocument, { after: '0' }, asker);
  const revisions = data?.catalogChanges.map(({ revision }) => Number(revision)) ?? [];
  expect(revisions).toEqual(revisions.map((_, at) => at + 1));
});

it('keeps twenty versions, the present one among them', async () => {
  const asker = { tenant: 'history' };
  for (let version = 1; version <= 22; version += 1) {
    await upload(aSkillZip('notes', { version: `v${version}` }), asker);
  }

  const versions = (await graphql.ask(SkillDocument, { name: 'notes' }, asker)).data?.skill
    ?.versions;
  expect(versions?.map(({ version }) => version)).toEqual(
    Array.from({ length: 20 }, (_, at) => `v${22 - at}`),
  );
});

it('stores nothing of an upload that fails on the way', async () => {
  const asker = { tenant: 'half-way' };
  await query(
    graphql.fork(),
    `alter table skill_files add constraint failing check (path <> 'fails.md')`,
  );

  const { error } = await upload(aSkillZip('notes', {}, { 'fails.md': 'x' }), asker);
  expect(error?.extensions?.code).toBe('INTERNAL_SERVER_ERROR');
  await query(graphql.fork(), 'alter table skill_files drop constraint failing');

  expect((await graphql.ask(SkillsDocument, {}, asker)).data?.skills).toEqual([]);
  const rows = await query(graphql.fork(), "select 1 from skills where tenant_id = 'half-way'");
  expect(rows).toEqual([]);
});

it.each([
  ['no base64', '*** not base64 ***', /expected base64/],
  ['too much of it', 'A'.repeat(16_000_000), /at most 10485760 bytes/],
  ['nothing', '', /The archive is empty/],
])('refuses %s', async (_what, archive, message) => {
  const { errors } = await graphql.ask(UploadSkillDocument, { archive }, { tenant: 'bad' });

  expect(errors[0]).toMatchObject({
    message: expect.stringMatching(message),
    extensions: { code: 'BAD_USER_INPUT' },
  });
});
