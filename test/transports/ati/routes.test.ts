import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { atiRoutes } from '../../../src/transports/ati/register-ati.js';
import { type AtiScene, anAtiScene, aToken } from './ati-app.js';
import { must } from './requirements.js';

let ati: AtiScene;
beforeAll(async () => {
  ati = await anAtiScene({ env: { MAX_BODY_BYTES: '65536' } });
});
afterAll(() => ati[Symbol.asyncDispose]());

describe('tools', () => {
  it(must('route-tools'), async () => {
    const all = await ati.ask('/tools');
    expect(all.status).toBe(200);
    const names = all.json.map(({ name }: { name: string }) => name);
    expect(names).toContain('pet-store:listPets');
    expect(names).toContain('files:search');
    expect(names).toContain('file_manager:download');
    expect(all.json[0]).toEqual({
      ...{ name: 'pet-store:listPets', description: 'List the pets of the shop' },
      ...{ provider: 'pet-store', method: 'Get', tags: ['pets'], skills: [] },
      input_schema: expect.objectContaining({ type: 'object' }),
    });
    const ofFiles = await ati.ask('/tools?provider=files');
    expect(ofFiles.json).toHaveLength(6);
    expect(new Set(ofFiles.json.map(({ method }: { method: string }) => method))).toEqual(
      new Set(['Post']),
    );
    const both = await ati.ask('/tools?provider=files&search=picture');
    expect(both.json[0].name).toBe('files:picture');
    expect((await ati.ask('/tools?provider=nobody')).json).toEqual([]);
  });

  it(must('route-tool'), async () => {
    for (const name of ['pet-store:addPet', 'pet-store%3AaddPet']) {
      const { status, json } = await ati.ask(`/tools/${name}`);
      expect(status).toBe(200);
      expect(json).toMatchObject({
        ...{ name: 'pet-store:addPet', method: 'Post', endpoint: '/pets', hint: null },
        scope: 'tool:pet-store:addPet',
      });
    }
    const unknown = await ati.ask('/tools/pet-store_addPet');
    expect(unknown).toMatchObject({
      status: 404,
      json: { error: "Tool 'pet-store_addPet' not found" },
    });
  });

  it(must('better-search'), async () => {
    const found = await ati.ask('/tools?search=pets%20list');
    expect(found.json[0].name).toBe('pet-store:listPets');
    const first = await ati.ask('/tools?limit=5');
    expect(first.json).toHaveLength(5);
    const cursor = first.headers.get('x-next-cursor') ?? '';
    const next = await ati.ask(`/tools?limit=50&cursor=${cursor}`);
    expect([...first.json, ...next.json]).toEqual((await ati.ask('/tools')).json);
    expect(next.headers.get('x-next-cursor')).toBeNull();
    expect(await ati.ask('/tools?limit=0')).toMatchObject({ status: 422 });
    expect(await ati.ask('/tools?cursor=x')).toMatchObject({ status: 422 });
  });
});

describe('public routes', () => {
  it(must('route-health'), async () => {
    const { status, json } = await ati.ask('/health', { token: null });
    expect({ status, json }).toEqual({
      status: 200,
      json: { status: 'ok', version: '0.1.0', tools: 2, providers: 1, skills: 0, auth: 'jwt' },
    });
    const known = await ati.ask('/health');
    expect(known.json).toMatchObject({ tools: 16, providers: 3 });
  });

  it(must('route-jwks', 'a secret has none'), async () => {
    const answer = await ati.ask('/.well-known/jwks.json', { token: null });
    expect(answer).toMatchObject({ status: 404, json: { error: 'JWKS not configured' } });
  });
});

describe('paths and methods', () => {
  it(must('route-static'), async () => {
    for (const path of ['/skills/resolve', '/skills/bundle']) {
      const answer = await ati.ask(path);
      expect(answer.status).toBe(405);
      expect(answer.headers.get('allow')).toBe('POST');
    }
    expect((await ati.ask('/skillati/catalog')).json).toEqual({ skills: [] });
  });

  it(must('error-auth'), async () => {
    for (const { method, path } of [...atiRoutes, { method: 'GET', path: '/nothing/here' }]) {
      const body = method === 'POST' ? {} : undefined;
      const url = path.replaceAll(/:\w+/g, 'x');
      const answer = await ati.ask(url, { method, token: null, body });
      expect([url, answer.status]).toEqual([url, 401]);
    }
    expect((await ati.ask('/nothing/here')).status).toBe(404);
    expect((await ati.ask('/')).status).toBe(404);
    const wrong = await ati.ask('/tools', { method: 'DELETE' });
    expect(wrong.status).toBe(405);
    expect(wrong.headers.get('allow')).toBe('GET, HEAD');
    expect((await ati.ask('/health', { method: 'POST', token: null })).status).toBe(405);
  });

  it(must('better-bodies'), async () => {
    for (const [path, token, method] of [
      ['/tools', null, 'GET'],
      ['/nothing', undefined, 'GET'],
      ['/tools', undefined, 'PATCH'],
    ] as const) {
      const { json } = await ati.ask(path, { method, token });
      expect(json).toEqual({ error: expect.stringMatching(/^[A-Z].+\.$/) });
    }
  });
});

describe('failures', () => {
  it(must('error-call'), async () => {
    const { json } = await ati.call('nope');
    expect(json).toEqual({ result: null, error: "Unknown tool: 'nope'" });
  });

  it(must('error-help'), async () => {
    const answer = await ati.ask('/help', { body: { query: 'x', tool: 'nope' } });
    expect(answer).toMatchObject({
      status: 403,
      json: { content: '', error: "Scope 'nope' is not visible in your current scopes." },
    });
  });

  it(must('error-others'), async () => {
    for (const path of ['/tools/x', '/skills/x', '/skillati/x', '/skillati/x/refs']) {
      const { status, json } = await ati.ask(path);
      expect([path, status, Object.keys(json)]).toEqual([path, 404, ['error']]);
    }
    expect((await ati.ask('/skills/x')).json).toEqual({ error: "Skill 'x' not found" });
  });

  it(must('error-plain'), async () => {
    for (const path of ['/help', '/mcp', '/skills/resolve', '/skills/bundle']) {
      const text = { headers: { 'content-type': 'text/plain' } };
      const answers = [
        await ati.ask(path, { body: '{}', ...text }),
        await ati.ask(path, { body: '{"a":' }),
        ...(path === '/mcp'
          ? []
          : [await ati.ask(path, { body: '{"query":5,"scopes":5,"names":5}' })]),
      ];
      const statuses = answers.map(({ status }) => status);
      expect([path, statuses]).toEqual([path, [415, 400, 422].slice(0, answers.length)]);
      for (const { headers } of answers) {
        expect(headers.get('content-type')).toMatch(/^text\/plain/);
      }
    }
    for (const path of [
      '/skillati/x/file',
      '/skills/x?meta=1',
      '/skills/x?refs=yes',
      '/skills?tool=a&tool=b',
    ]) {
      const { status, headers } = await ati.ask(path);
      expect([path, status, headers.get('content-type')]).toEqual([
        ...[path, 400, 'text/plain; charset=utf-8'],
      ]);
    }
  });

  it(must('call-400'), async () => {
    const answer = await ati.call('pet-store:addPet', { name: 'x'.repeat(70_000) });
    expect(answer.status).toBe(400);
    expect(answer.json).toEqual({
      result: null,
      error: 'Failed to read request body: The body is larger than this server takes.',
    });
    const elsewhere = await ati.ask('/help', { body: { query: 'x'.repeat(70_000) } });
    expect(elsewhere.status).toBe(413);
  });
});

describe('what the client demands', () => {
  it(must('must-result'), async () => {
    expect((await ati.call('pet-store:listPets')).json).toHaveProperty('result');
    const failed = await ati.call('files:fail');
    expect(failed.json).toEqual({ result: 'no such thing', error: expect.any(String) });
  });

  it(must('route-call'), async () => {
    const answer = await ati.call('pet-store:listPets', { n: 5 });
    expect(answer.status).toBe(200);
    expect(answer.json).toEqual({ result: { method: 'GET', path: '/pets', query: { n: '5' } } });
  });

  it(must('must-no-error-key'), async () => {
    expect((await ati.ask('/tools/files:search')).json).not.toHaveProperty('error');
    expect((await ati.rpc('tools/list')).json).not.toHaveProperty('error');
    expect((await ati.rpc('tools/call', { name: 'files:search' })).json).not.toHaveProperty(
      'error',
    );
  });

  it(must('must-202'), async () => {
    const answer = await ati.ask('/mcp', {
      body: { jsonrpc: '2.0', method: 'notifications/initialized', params: null },
    });
    expect({ status: answer.status, text: answer.text }).toEqual({ status: 202, text: 'null' });
  });

  it(must('must-lists'), async () => {
    expect(Array.isArray((await ati.ask('/tools')).json)).toBe(true);
    expect(Array.isArray((await ati.ask('/skillati/catalog')).json.skills)).toBe(true);
  });

  it(must('must-plain'), async () => {
    const { headers } = await ati.ask('/tools', { headers: { 'accept-encoding': 'gzip, br' } });
    expect(headers.get('content-encoding')).toBeNull();
    expect(headers.get('content-type')).toMatch(/^application\/json/);
    expect(headers.get('location')).toBeNull();
  });

  it(must('must-short-errors'), async () => {
    const answers = [
      await ati.call('x'.repeat(30)),
      await ati.call('pet-store:broken'),
      await ati.call('pet-store:addPet', { nope: 1 }),
      await ati.ask('/tools', { token: 'x' }),
    ];
    for (const { text } of answers) {
      expect(text.length).toBeLessThan(1500);
      expect(text).not.toMatch(/\bat .*\.js|stack/);
    }
  });
});

it(must('route-mcp'), async () => {
  const { status, json } = await ati.rpc('ping');
  expect({ status, json }).toEqual({ status: 200, json: { jsonrpc: '2.0', id: 7, result: {} } });
});

it('answers a broken path, a broken token and a broken body with a sentence', async () => {
  expect((await ati.ask('/tools/%E0%A4%A')).status).toBe(400);
  expect((await ati.ask(`/tools/${'x'.repeat(600)}`)).status).toBeGreaterThanOrEqual(400);
  const token = await aToken();
  for (const bad of ['', 'x', 'a.b.c', `${token}x`, token.slice(0, -4), 'é']) {
    const headers = { authorization: `Bearer ${bad}` };
    expect((await ati.ask('/tools', { token: null, headers })).status).toBe(401);
  }
  for (const authorization of [token, `Basic ${token}`, `Bearer ${token} ${token}`]) {
    expect((await ati.ask('/tools', { token: null, headers: { authorization } })).status).toBe(401);
  }
});
