import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { aCaller } from '../../calls/callers.js';
import { type AtiScene, anAtiScene, aToken } from './ati-app.js';
import { giveSkills } from './give-skills.js';
import { must } from './requirements.js';

let ati: AtiScene;
let endpoints: Record<string, string>;
beforeAll(async () => {
  ati = await anAtiScene();
  await giveSkills(ati);
  const listed = await ati.app.server.inject({
    url: '/graphql',
    method: 'POST',
    headers: { 'x-tenantid': 'acme' },
    payload: { query: '{ apis { nodes { endpoints(first: 100) { nodes { id name } } } } }' },
  });
  const { nodes } = listed.json().data.apis.nodes[0].endpoints;
  endpoints = Object.fromEntries(
    nodes.map(({ id, name }: { id: string; name: string }) => [name, id]),
  );
});
afterAll(() => ati[Symbol.asyncDispose]());

const pets = ['listPets', 'addPet', 'getPet', 'petText', 'petPhoto', 'forged', 'noPets', 'broken'];
const files = ['search', 'fail', 'picture', 'two', 'forge', 'json'];
const builtIn = ['file_manager:download', 'file_manager:upload'];
const everyName = [
  ...pets.map((name) => `pet-store:${name}`),
  ...files.map((name) => `files:${name}`),
  ...builtIn,
  'pet-store:nope',
  'other:listPets',
];

const anyName = fc.constantFrom(...everyName);
const scope = fc.oneof(
  { weight: 1, arbitrary: fc.constantFrom('*', 'tool:*', 'skill:*', 'help', 'tool:') },
  { weight: 2, arbitrary: fc.constantFrom('tool:pet-store:*', 'tool:files_*', 'tool:file*') },
  { weight: 6, arbitrary: anyName.map((name) => `tool:${name}`) },
  { weight: 3, arbitrary: anyName.map((name) => `tool:${name.replace(':', '_')}`) },
  { weight: 3, arbitrary: anyName.map((name) => `tool:${name.slice(0, -2)}*`) },
  { weight: 1, arbitrary: anyName },
);

/** The rule in other words than the code's: what is assigned, as far as any scope is or begins it. */
function expected(assigned: readonly string[], scopes: readonly string[]): string[] {
  return [...assigned, ...builtIn].filter((name) =>
    scopes.some((one) =>
      [`tool:${name}`, `tool:${name.replace(':', '_')}`].some((full) =>
        one.at(-1) === '*' ? full.indexOf(one.slice(0, -1)) === 0 : full === one,
      ),
    ),
  );
}

const namesOf = (json: { name: string }[]) => json.map(({ name }) => name).sort();

it(must('scope-true'), async () => {
  let agents = 0;
  const property = fc.asyncProperty(
    fc.subarray(pets, { minLength: 4 }),
    fc.subarray(files),
    fc.array(scope, { maxLength: 4 }),
    fc.constantFrom(...everyName),
    async (ofStore, ofFiles, scopes, probe) => {
      agents += 1;
      const agent = `agent-${agents}`;
      const as = aCaller(ati.app);
      await as.assign(
        agent,
        ofStore.map((name) => endpoints[name] ?? ''),
      );
      await as.post(`/agents/${agent}/mcp-tools`, { tools: ofFiles });
      const assigned = [
        ...ofStore.map((name) => `pet-store:${name}`),
        ...ofFiles.map((name) => `files:${name}`),
      ];
      const visible = expected(assigned, scopes).sort();
      const token = await aToken({ sub: agent, scope: scopes.join(' ') });
      const ask = (path: string, body?: unknown) =>
        ati.ask(path, body === undefined ? { token } : { token, body });

      expect(namesOf((await ask('/tools')).json)).toEqual(visible);
      const { json: rpc } = await ati.rpc('tools/list', {}, { token });
      expect(namesOf(rpc.result.tools)).toEqual(visible);
      expect((await ask('/health')).json.tools).toBe(visible.length);

      const searched = await ask('/tools?search=pets%20files%20search%20list%20photo%20download');
      const found = namesOf(searched.json);
      expect(found.filter((name) => !visible.includes(name))).toEqual([]);
      if (visible.includes(probe)) {
        const own = probe.slice(probe.indexOf(':') + 1);
        expect(namesOf((await ask(`/tools?search=${own}`)).json)).toContain(probe);
      }

      const isVisible = visible.includes(probe);
      expect((await ask(`/tools/${probe}`)).status).toBe(isVisible ? 200 : 404);
      const called = await ati.call(probe, { nope: 1 }, { token });
      expect([probe, [403, 404].includes(called.status)]).toEqual([probe, !isVisible]);
      const { json: byRpc } = await ati.rpc(
        'tools/call',
        { name: probe, arguments: { nope: 1 } },
        { token },
      );
      expect(byRpc.result !== undefined).toBe(isVisible);

      const { json: help } = await ask('/help', { query: `${probe} list pets search files` });
      const offered = [...help.content.matchAll(/ati run ([\w:-]+)/g)].map(([, name]) => name);
      expect(offered.filter((name) => !visible.includes(name))).toEqual([]);
      const about = await ask('/help', { query: 'how', tool: probe });
      expect(about.status).toBe(isVisible ? 200 : 403);

      const { json: skills } = await ask('/skills');
      const sees = namesOf(skills);
      const isAll = scopes.includes('*') || scopes.includes('skill:*');
      expect(sees.includes('pet-care')).toBe(isAll || visible.includes('pet-store:listPets'));
      expect(sees.includes('file-search')).toBe(
        isAll || visible.some((name) => name.startsWith('files:')),
      );
      expect(sees.includes('secret')).toBe(isAll);
      expect((await ask('/health')).json.skills).toBe(sees.length);
    },
  );
  await fc.assert(property, { numRuns: Number(process.env.SCOPE_RUNS ?? 60) });
}, 300_000);
