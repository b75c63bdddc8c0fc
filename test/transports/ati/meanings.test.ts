import { afterAll, beforeAll, expect, it } from 'vitest';
import { aChatServer, saying } from '../../support/chat-server.js';
import { type AtiScene, anAtiScene, aToken } from './ati-app.js';

let ati: AtiScene;
let server: Awaited<ReturnType<typeof aChatServer>>;
let isAway = false;
let laterMs = 0;
const seenTexts: string[] = [];

/** Two meanings: of poems, and of everything else. */
function embeddingsOf(texts: string[]) {
  const data = texts.map((text, index) => ({
    index,
    embedding: /poem|poetry|verse/.test(text) ? [1, 0] : [0, 1],
  }));
  return { object: 'list', model: 'm', data };
}

beforeAll(async () => {
  server = await aChatServer(({ url, body }) => {
    // An answer that names what nobody has is replaced by the list.
    if (!url?.endsWith('/embeddings')) return { json: saying('ati run nobody:nothing') };
    const { input } = body as unknown as { input: string[] };
    seenTexts.push(...input);
    return isAway ? { status: 500, json: {} } : { json: embeddingsOf(input) };
  });
  ati = await anAtiScene({
    ports: { clock: { now: () => new Date(Date.now() + laterMs) } },
    env: {
      ...{ EMBEDDINGS_MODEL: 'meaning-1', OPENAI_API_KEY: 'sk-test' },
      OPENAI_BASE_URL: server.baseUrl,
    },
  });
});
afterAll(async () => {
  await ati[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
});

async function ask(path: string, scope = '*') {
  return ati.ask(path, { token: await aToken({ scope }) });
}

async function search(words: string, { more = '', scope = '*' } = {}): Promise<string[]> {
  const { json } = await ask(`/tools?search=${encodeURIComponent(words)}${more}`, scope);
  return json.map(({ name }: { name: string }) => name);
}

it('finds tools by what a search means, from when they are embedded', async () => {
  await expect.poll(() => search('verse'), { timeout: 20_000 }).toEqual(['pet-store:petText']);
  expect(await search('verse')).toEqual(['pet-store:petText']);
  expect(await search('a verse of files')).toEqual(
    expect.arrayContaining(['pet-store:petText', 'files:search']),
  );
});

it('never shows by its meaning what a token does not grant', async () => {
  expect(await search('verse', { scope: 'tool:files:*' })).not.toContain('pet-store:petText');
  expect(await search('verse', { scope: 'tool:pet-store:petText' })).toEqual(['pet-store:petText']);
  expect(await search('verse', { more: '&provider=files' })).not.toContain('pet-store:petText');
});

it('answers help by what is asked for', async () => {
  const help = async (scope: string) => {
    const token = await aToken({ scope });
    const { json } = await ati.ask('/help', { token, body: { query: 'verse' } });
    return json.content as string;
  };
  expect(await help('*')).toMatch(/^Tools for "verse":\n\n1\. pet-store:petText/);
  expect(await help('tool:files:*')).not.toContain('petText');
  const chats = server.seen.filter(({ url }) => !url?.endsWith('/embeddings'));
  expect(chats[0]?.body.messages[1]?.content).toContain('petText');
});

it('goes on in the order in which a list began', async () => {
  const page = async (words: string, cursor: string | null) => {
    const after = cursor === null ? '' : `&cursor=${cursor}`;
    const { json, headers } = await ask(`/tools?limit=1&search=${words}${after}`);
    const names = json.map(({ name }: { name: string }) => name);
    return { names, next: headers.get('x-next-cursor') };
  };
  const fused = await search('verse pet');
  expect(fused[0]).toBe('pet-store:petText');
  const [one, two] = [await page('verse+pet', null), await page('verse+pet', null)];
  expect(one).toEqual(two);
  const rest = await page('verse+pet', one.next);
  expect([...one.names, ...rest.names]).toEqual(fused.slice(0, 2));

  isAway = true;
  const byWords = await search('poetry pet');
  const first = await page('poetry+pet', null);
  isAway = false;
  // Nobody asks a server again for a while that failed.
  laterMs += 11_000;
  expect(first.names).toEqual(byWords.slice(0, 1));
  const second = await page('poetry+pet', first.next);
  expect(second.names).toEqual(byWords.slice(1, 2));
  const asked = seenTexts.filter((text) => text === 'poetry pet');
  expect(asked).toHaveLength(1);
  expect((await search('poetry pet'))[0]).toBe('pet-store:petText');
});
