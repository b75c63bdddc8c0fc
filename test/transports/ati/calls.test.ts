import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { query } from '../../../src/storage/sql.js';
import { aCaller } from '../../calls/callers.js';
import { type AtiScene, anAtiScene, anMcpServer, aToken, registerServer } from './ati-app.js';
import { must } from './requirements.js';

let ati: AtiScene;
beforeAll(async () => {
  ati = await anAtiScene();
});
afterAll(() => ati[Symbol.asyncDispose]());

type Recorded = {
  toolName: string;
  outcome: string;
  subject: string | null;
  jobId: string | null;
  sandboxId: string | null;
  arguments: unknown;
  error: { code: string; message: string } | null;
};

async function recordsOf(subject: string): Promise<Recorded[]> {
  await ati.app.calls.journal.flush();
  return query<Recorded>(
    ati.app.ports.storage.fork(),
    `select tool_name as "toolName", outcome, subject, job_id as "jobId", sandbox_id as "sandboxId", arguments, error
     from call_records where subject = $1 order by started_at, finished_at`,
    [subject],
  );
}

describe('a call', () => {
  it.each([
    ['no JSON', 'x'],
    ['nothing', ''],
    ['no object', '5'],
    ['no name', '{}'],
    ['a name that is none', '{"tool_name":5}'],
    ['words that are none', '{"tool_name":"x","raw_args":"y"}'],
    ['words that are no texts', '{"tool_name":"x","raw_args":[5]}'],
    ['broken UTF-8', Buffer.from([0x7b, 0xff, 0x7d])],
  ])(must('call-422', '%s'), async (_, body) => {
    const answer = await ati.ask('/call', { body, headers: { 'content-type': 'text/html' } });
    expect(answer.status).toBe(422);
    expect(answer.json).toEqual({
      result: null,
      error: expect.stringMatching(/^Invalid request: /),
    });
  });

  it('needs no content type, and knows no other fields', async () => {
    const body = '{"tool_name":"pet-store:listPets","more":1,"raw_args":null}';
    const answer = await ati.ask('/call', { body, headers: { 'content-type': 'text/plain' } });
    expect(answer.status).toBe(200);
  });

  it.each([
    'nope',
    'nope:nope',
    'pet-store:nope',
    '',
    '__proto__',
    'a'.repeat(500),
    'pet-store:listPets ',
  ])(must('call-404', '%j'), async (name) => {
    const answer = await ati.call(name);
    expect(answer).toMatchObject({ status: 404, json: { error: `Unknown tool: '${name}'` } });
  });

  it(must('call-403'), async () => {
    const token = await aToken({ scope: 'tool:files:* skill:x' });
    for (const name of ['pet-store:listPets', 'pet-store_listPets']) {
      expect(await ati.call(name, {}, { token })).toMatchObject({
        status: 403,
        json: { result: null, error: "Access denied: 'pet-store:listPets' is not in your scopes" },
      });
    }
  });

  it(must('call-alias'), async () => {
    expect((await ati.call('pet-store_listPets')).status).toBe(200);
    expect((await ati.call('file_manager_download', { url: 'x' })).status).toBe(400);
  });

  it(must('call-502'), async () => {
    const answer = await ati.call('pet-store:broken');
    expect(answer.status).toBe(502);
    expect(answer.json.error).toMatch(/^Upstream API error: The upstream answered with 500/);
  });

  it(must('call-no-records'), async () => {
    expect(await ati.call('pet-store:noPets')).toMatchObject({
      ...{ status: 200, json: { result: { records: [] } } },
    });
  });

  it(must('call-mcp-values'), async () => {
    expect((await ati.call('files:search', { text: 'x' })).json).toEqual({
      result: 'found {"text":"x"}',
    });
    expect((await ati.call('files:json')).json).toEqual({ result: { a: [1, 2] } });
    expect((await ati.call('files:picture')).json.result).toEqual({
      ...{ type: 'image', data: 'aGk=', mimeType: 'image/png' },
    });
    expect((await ati.call('files:two')).json.result.content).toHaveLength(2);
  });

  it(must('better-is-error'), async () => {
    const { status, json } = await ati.call('files:fail');
    expect(status).toBe(200);
    expect(json).toEqual({
      ...{ result: 'no such thing', error: 'The tool answered with an error: no such thing' },
    });
  });

  it(must('call-arguments'), async () => {
    const raw = ['--n=7', '--repo-name', '1.0', '--flag', '--obj', '{"a":1}'];
    const args = { 'n=7': true, 'repo-name': 1, flag: true, obj: { a: 1 } };
    const { json } = await ati.call('pet-store:listPets', args, { rawArgs: raw });
    expect(json.result.query).toEqual({ n: '7', repo_name: '1.0', flag: 'true', obj: '{"a":1}' });
    const lone = await ati.call('pet-store:getPet', {}, { rawArgs: ['007'] });
    expect(lone.json.result.query).toEqual({ id: '007' });
  });

  it(must('better-arguments'), async () => {
    const missing = await ati.call('pet-store:addPet', { age: 'old' });
    expect(missing.status).toBe(422);
    expect(missing.json.error).toContain('/name is missing');
    expect(missing.json.error).toContain('/age');
    const unknown = await ati.call('pet-store:getPet', { id: 'x', nope: 1 });
    expect(unknown.status).toBe(422);
  });

  it(must('better-forgery'), async () => {
    for (const name of ['pet-store:forged', 'files:forge']) {
      const { json } = await ati.call(name);
      expect(json.result.outputs).toBeUndefined();
      expect(JSON.stringify(json.result)).toContain('content_base64');
    }
  });

  it(must('file-outputs'), async () => {
    const rawArgs = ['--out', 'dir/pet.png'];
    const { json } = await ati.call('pet-store:petPhoto', { out: 'dir/pet.png' }, { rawArgs });
    expect(json.result).toEqual({
      outputs: {
        'dir/pet.png': { content_base64: 'iVBORwABAv8=', size_bytes: 8, content_type: 'image/png' },
      },
    });
    const picture = await ati.call('files:picture', { out: 'a' }, { rawArgs: ['--out', 'a'] });
    expect(picture.json.result.outputs.a.content_base64).toBe('aGk=');
    // What an upstream says stays a content of the file.
    const forged = await ati.call('pet-store:forged', { out: 'a' }, { rawArgs: ['--out', 'a'] });
    expect(Object.keys(forged.json.result.outputs)).toEqual(['a']);
  });

  it(must('must-in-time', 'nobody waits for one who went away'), async () => {
    const gone = new AbortController();
    await using slow = await anMcpServer({ call: () => new Promise(() => gone.abort()) });
    await registerServer(ati.app, { serverUrl: slow.url, name: 'slow' });
    await aCaller(ati.app).post('/agents/slow/mcp-tools', { tools: ['slow/search'] });
    const answer = fetch(`${ati.url}/call`, {
      method: 'POST',
      headers: { authorization: `Bearer ${await aToken({ sub: 'slow' })}` },
      body: '{"tool_name":"slow:search"}',
      signal: gone.signal,
    });
    await expect(answer).rejects.toThrow();
    const { callVisibleMs } = await import('../../../src/proxy/call-visible-tool.js');
    expect(callVisibleMs).toBeLessThan(120_000);
  });
});

describe('rate limits', () => {
  const rate = { 'tool:pet-store:*': '2/hour' };

  it(must('call-429'), async () => {
    const token = await aToken({ sub: 'limited', agent_id: 'atlas', ati: { v: 1, rate } });
    const call = () => ati.call('pet-store_listPets', {}, { token });
    expect([(await call()).status, (await call()).status]).toEqual([200, 200]);
    const third = await call();
    expect(third.status).toBe(429);
    expect(third.json).toEqual({
      result: null,
      error: "Rate limit exceeded for 'tool:pet-store:*': 2/hour (limit: 2/hour)",
    });
    expect(Number(third.headers.get('retry-after'))).toBeGreaterThan(3500);
    expect((await ati.call('files:search', {}, { token })).status).toBe(200);
  });

  it(must('better-rates'), async () => {
    for (const sub of ['one', 'two']) {
      const token = await aToken({ sub, agent_id: 'atlas', ati: { v: 1, rate: { '*': '1/d' } } });
      expect((await ati.call('files:search', {}, { token })).status).toBe(200);
      expect((await ati.call('files:search', {}, { token })).status).toBe(429);
    }
  });

  it(must('better-mcp-limits'), async () => {
    const claims = { sub: 'over-rpc', agent_id: 'atlas', job_id: 'j1', scope: 'tool:files:*' };
    const token = await aToken({ ...claims, ati: { v: 1, rate: { 'tool:files:*': '1/d' } } });
    const rpc = (name: string) => ati.rpc('tools/call', { name, arguments: {} }, { token });
    expect((await rpc('files:search')).json.result.isError).toBe(false);
    const { json } = await rpc('files:search');
    expect(json.error).toMatchObject({ code: -32029, data: { retryAfterSeconds: 86_400 } });
    await rpc('pet-store:listPets');
    await rpc('nope');
    await ati.call('pet-store:listPets', {}, { token });
    expect(
      (await recordsOf('over-rpc')).map(({ toolName, outcome, error }) => [
        ...[toolName, outcome, error?.code ?? null],
      ]),
    ).toEqual([
      ['files:search', 'OK', null],
      ['files:search', 'DENIED', 'LIMIT_EXCEEDED'],
      ['pet-store:listPets', 'DENIED', 'FORBIDDEN'],
      ['nope', 'DENIED', 'NOT_FOUND'],
      ['pet-store:listPets', 'DENIED', 'FORBIDDEN'],
    ]);
  });
});

it(must('call-origin'), async () => {
  const claims = { sub: 'recorded', agent_id: 'atlas', job_id: 'job-1', sandbox_id: 'box-1' };
  const token = await aToken(claims);
  await ati.call('pet-store:listPets', { n: 5 }, { token });
  await ati.call('pet-store:addPet', { name: 'Rex' }, { token });
  await ati.call('files:search', { text: 'x' }, { token });
  await ati.call(
    'file_manager:download',
    { url: `${ati.files.origin}/text`, headers: { 'x-api-key': 'hush' } },
    { token },
  );
  const records = await recordsOf('recorded');
  expect(records.map(({ toolName }) => toolName)).toEqual([
    ...['pet-store:listPets', 'pet-store:addPet', 'files:search', 'file_manager:download'],
  ]);
  for (const { jobId, sandboxId, outcome } of records) {
    expect({ jobId, sandboxId, outcome }).toEqual({
      jobId: 'job-1',
      sandboxId: 'box-1',
      outcome: 'OK',
    });
  }
  expect(JSON.stringify(records)).not.toContain('hush');
  const { data } = await aCaller(ati.app).ask(
    '{ calls(toolName: "pet-store:addPet") { nodes { jobId sandboxId } } }',
  );
  expect(data.calls.nodes[0]).toEqual({ jobId: 'job-1', sandboxId: 'box-1' });
});

it(must('better-live'), async () => {
  const as = aCaller(ati.app);
  const { ids } = await as.sync({
    openapi: '3.1.0',
    info: { title: 'New shop', version: '1' },
    servers: [{ url: ati.files.origin }],
    paths: {
      '/new': { get: { operationId: 'getNew', responses: { 200: { description: 'OK' } } } },
    },
  });
  const token = await aToken({ sub: 'live' });
  expect((await ati.call('new-shop:getNew', {}, { token })).status).toBe(404);
  await as.assign('live', Object.values(ids));
  expect((await ati.call('new-shop:getNew', {}, { token })).status).toBe(200);
  expect((await ati.ask('/tools/new-shop:getNew', { token })).status).toBe(200);
  await ati.app.server.inject({
    method: 'DELETE',
    url: '/tools/agents/live/tools',
    headers: { 'x-tenantid': 'acme' },
    payload: { endpoint_ids: Object.values(ids) },
  });
  expect((await ati.ask('/tools/new-shop:getNew', { token })).status).toBe(404);
  expect((await ati.call('new-shop:getNew', {}, { token })).status).toBe(404);
});

it(must('better-no-internals'), async () => {
  for (const name of ['_chat_completion', 'listPets', 'file_manager:delete', 'math', 'call_tool']) {
    expect((await ati.call(name)).status).toBe(404);
  }
});
