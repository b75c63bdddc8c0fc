import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { aChatServer, saying } from '../../support/chat-server.js';
import { type AtiScene, anAtiScene, aToken } from './ati-app.js';
import { giveSkills } from './give-skills.js';
import { must } from './requirements.js';

const help = async (ati: AtiScene, query: string, more: object = {}, scope = '*') =>
  ati.ask('/help', { token: await aToken({ scope }), body: { query, ...more } });

describe('without an LLM', () => {
  let ati: AtiScene;
  beforeAll(async () => {
    ati = await anAtiScene();
    await giveSkills(ati);
  });
  afterAll(() => ati[Symbol.asyncDispose]());

  it(must('route-help'), async () => {
    const { status, json } = await help(ati, 'add a pet');
    expect(status).toBe(200);
    expect(json).toEqual({ content: expect.any(String) });
    expect(json.content).toMatch(/^Tools for "add a pet":\n\n1\. pet-store:addPet — /);
    expect(json.content).toContain('ati run pet-store:addPet --name TEXT');
    expect(json.content).toContain('- pet-care — ');
  });

  it(must('must-content', 'whatever is asked'), async () => {
    for (const query of ['', 'zzz', '*', 'x'.repeat(5000), '\u0000', 'ati run pet-store:addPet']) {
      const { status, json } = await help(ati, query);
      expect([status, typeof json.content]).toEqual([200, 'string']);
    }
    expect((await help(ati, 'x'.repeat(20_000))).status).toBe(422);
  });

  it(must('better-help'), async () => {
    const { json } = await help(ati, 'list pets, add pets, search files', {}, 'tool:files:search');
    expect(json.content).toContain('files:search');
    expect(json.content).not.toContain('pet-store');
    expect(json.content).not.toContain('pet-care');
    expect((await help(ati, 'pets', {}, '')).json.content).toMatch(/^You have no tools/);
  });

  it('is told of one tool or one provider where it is named', async () => {
    const one = await help(ati, 'how', { tool: 'pet-store:getPet' });
    expect(one.json.content).toContain('ati run pet-store:getPet --id TEXT');
    expect(one.json.content).not.toContain('files:');
    const provider = await help(ati, 'how', { tool: 'files' });
    expect(provider.json.content).not.toContain('pet-store:');
    const hidden = await help(ati, 'how', { tool: 'pet-store' }, 'tool:files:*');
    expect([hidden.status, hidden.json.error]).toEqual([
      ...[403, "Scope 'pet-store' is not visible in your current scopes."],
    ]);
  });
});

describe('with an LLM', () => {
  const answers = { next: saying('Use it: `ati run files:search --text x`.') as unknown };
  let status = 200;
  let chat: Awaited<ReturnType<typeof aChatServer>>;
  let ati: AtiScene;
  beforeAll(async () => {
    chat = await aChatServer(() => ({ status, json: answers.next }));
    ati = await anAtiScene({ env: { OPENAI_API_KEY: 'sk-test', OPENAI_BASE_URL: chat.baseUrl } });
    await giveSkills(ati);
  });
  afterAll(async () => {
    await ati[Symbol.asyncDispose]();
    await chat[Symbol.asyncDispose]();
  });

  it(must('route-help', 'with an LLM'), async () => {
    const { json } = await help(ati, 'find a file', {}, 'tool:files:*');
    expect(json).toEqual({ content: 'Use it: `ati run files:search --text x`.' });
    const [system, user] = chat.seen.at(-1)?.body.messages ?? [];
    expect(system?.role).toBe('system');
    const asked = JSON.parse(user?.content ?? '');
    expect(asked.question).toBe('find a file');
    expect(asked.tools.map(({ name }: { name: string }) => name)).toContain('files:search');
    expect(user?.content).not.toContain('pet-store');
    expect(asked.skills[0].name).toBe('file-search');
  });

  it(must('better-help', 'whatever the LLM says'), async () => {
    for (const said of [
      'ati run pet-store:listPets --n 1',
      'Ask for pet-store:listPets.',
      'ati run nobody:nothing',
      'ati run pet-store_listPets',
    ]) {
      answers.next = saying(said);
      const { json } = await help(ati, 'find pets', {}, 'tool:files:*');
      expect(json.content).toMatch(/^(?:Tools for|No tool has)/);
      expect(json.content).not.toContain('listPets');
    }
    answers.next = saying('See https://example.com/a and note:this.');
    expect((await help(ati, 'x', {}, 'tool:files:*')).json.content).toContain('note:this');
  });

  it('that fails is 502, without its words', async () => {
    status = 500;
    answers.next = { error: { message: 'the key sk-test is wrong' } };
    const { status: told, json } = await help(ati, 'find pets');
    expect([told, json.content]).toEqual([502, '']);
    expect(json.error).not.toContain('sk-test');
    status = 200;
  });
});
