import { afterAll, beforeAll, expect, it } from 'vitest';
import { aCaller } from '../../calls/callers.js';
import { type AtiScene, anAtiScene, aToken } from './ati-app.js';

let ati: AtiScene;
beforeAll(async () => {
  ati = await anAtiScene();
});
afterAll(() => ati[Symbol.asyncDispose]());

const deep = (levels: number) => `${'['.repeat(levels)}${']'.repeat(levels)}`;

it('arguments that are deep, huge or strange are answered with a sentence', async () => {
  const bodies = [
    `{"tool_name":"pet-store:addPet","args":{"name":${deep(100_000)}}}`,
    `{"tool_name":"files:search","args":{"text":${deep(600)}}}`,
    `{"tool_name":"pet-store:addPet","args":${deep(100_000)}}`,
    `{"tool_name":"${'_'.repeat(2_000_000)}"}`,
    `{"tool_name":"pet-store:listPets","raw_args":[${'"--x=y",'.repeat(100_000)}"z"]}`,
    '{"tool_name":"pet-store:addPet","args":{"__proto__":{"name":"x"},"constructor":1}}',
  ];
  for (const body of bodies) {
    const { status, json, text } = await ati.ask('/call', { body });
    expect([body.slice(0, 60), status]).toEqual([body.slice(0, 60), expect.toBeOneOf([404, 422])]);
    expect(json).toEqual({ result: null, error: expect.any(String) });
    expect(text.length).toBeLessThan(20_000);
  }
});

it('messages that are deep, huge or cut are answered', async () => {
  expect((await ati.ask('/mcp', { body: deep(100_000) })).status).toBe(200);
  expect((await ati.ask('/mcp', { body: '{"jsonrpc":"2.0","id":1,"meth' })).status).toBe(400);
  const many = `{"jsonrpc":"2.0","id":1,"method":"${'x'.repeat(1_000_000)}"}`;
  expect((await ati.ask('/mcp', { body: many })).text.length).toBeLessThan(1000);
  const strange = { jsonrpc: '2.0', id: { a: 1 }, method: 'tools/call', params: [1] };
  expect((await ati.ask('/mcp', { body: strange })).json.error.code).toBe(-32602);
});

it('scopes of many words and wild patterns are read in time', async () => {
  const scope = Array.from({ length: 400 }, (_, n) => `tool:${'*'.repeat(n % 7)}x${n}`).join(' ');
  const { status, json } = await ati.ask('/tools', { token: await aToken({ scope }) });
  expect([status, json]).toEqual([200, []]);
});

it('a limit holds for calls that come at once', async () => {
  const claims = { sub: 'at-once', agent_id: 'atlas', ati: { v: 1, rate: { '*': '3/h' } } };
  const token = await aToken(claims);
  const answers = await Promise.all(
    Array.from({ length: 12 }, () => ati.call('files:search', {}, { token })),
  );
  const statuses = answers.map(({ status }) => status).sort();
  expect(statuses).toEqual([...Array(3).fill(200), ...Array(9).fill(429)]);
});

it('what an agent loses while it asks is not called under another name', async () => {
  const as = aCaller(ati.app);
  const document = (title: string) => ({
    openapi: '3.1.0',
    info: { title, version: '1' },
    servers: [{ url: ati.files.origin }],
    paths: { '/x': { get: { operationId: 'same', responses: { 200: { description: 'OK' } } } } },
  });
  const one = await as.sync(document('One'));
  const two = await as.sync(document('Two'));
  const token = await aToken({ sub: 'shifty', scope: 'tool:one:*' });
  await as.assign('shifty', [...Object.values(one.ids), ...Object.values(two.ids)]);
  expect((await ati.call('one:same', {}, { token })).status).toBe(200);
  expect((await ati.call('two:same', {}, { token })).status).toBe(403);
  await ati.app.server.inject({
    method: 'DELETE',
    url: '/tools/agents/shifty/tools',
    headers: { 'x-tenantid': 'acme' },
    payload: { endpoint_ids: Object.values(one.ids) },
  });
  expect((await ati.call('one:same', {}, { token })).status).toBe(404);
  expect((await ati.call('two:same', {}, { token })).status).toBe(403);
});

it('ids and names of another tenant are as unknown as any', async () => {
  const others = aCaller(ati.app, 'other');
  await others.sync({
    openapi: '3.1.0',
    info: { title: 'Hidden', version: '1' },
    servers: [{ url: ati.files.origin }],
    paths: { '/x': { get: { operationId: 'hide', responses: { 200: { description: 'OK' } } } } },
  });
  const known = await ati.ask('/tools/nobody:nothing');
  const hidden = await ati.ask('/tools/hidden:hide');
  expect(hidden.status).toBe(known.status);
  expect(hidden.json.error).toBe(known.json.error.replace('nobody:nothing', 'hidden:hide'));
  expect((await ati.call('hidden:hide')).status).toBe(404);
});
