import { afterAll, beforeAll, expect, it } from 'vitest';
import { aCaller } from '../../calls/callers.js';
import type { TestMcpServer } from '../../support/mcp-server.js';
import { type AtiScene, anAtiScene, anMcpServer, aToken, registerServer } from './ati-app.js';
import { must } from './requirements.js';

let ati: AtiScene;
let other: TestMcpServer;
beforeAll(async () => {
  ati = await anAtiScene({ env: { EGRESS_ALLOW: '127.0.0.1' } });
  other = await anMcpServer({ call: () => ({ content: [{ type: 'text', text: 'elsewhere' }] }) });
});
afterAll(async () => {
  await ati[Symbol.asyncDispose]();
  await other[Symbol.asyncDispose]();
});

async function allow(urls: unknown): Promise<number> {
  const answer = await ati.app.server.inject({
    method: 'PATCH',
    url: `/tools/mcp-servers/${ati.serverId}`,
    headers: { 'x-tenantid': 'acme' },
    payload: { upstream_urls: urls },
  });
  return answer.statusCode;
}

const callAt = (url: string, name = 'files:search', token?: string) =>
  ati.call(name, {}, { headers: { 'x-ati-upstream-url': url }, ...(token ? { token } : {}) });

it(must('upstream-undeclared'), async () => {
  for (const name of ['files:search', 'pet-store:listPets', 'file_manager:download']) {
    const { status, json } = await callAt(other.url, name);
    expect([name, status]).toEqual([name, 400]);
    expect(json.error).toMatch(
      /^X-Ati-Upstream-Url sent for provider '[\w-]+' which does not declare upstream URLs$/,
    );
  }
});

it(must('upstream-no-list'), async () => {
  expect(await allow([])).toBe(200);
  const { status, json } = await callAt(other.url);
  expect(status).toBe(403);
  expect(json.error).toMatch(/^Provider 'files' has no upstream URL allowlist configured/);
});

it('lists that could mean too much are refused when they are set', async () => {
  expect(await allow(['https://**.example.com/'])).toBe(422);
  expect(await allow(['*'])).toBe(422);
  expect(await allow('https://example.com/')).toBe(422);
});

it(must('upstream-no-url'), async () => {
  expect(await allow([other.url])).toBe(200);
  const { status, json } = await callAt('not a url');
  expect(status).toBe(400);
  expect(json.error).toMatch(/^X-Ati-Upstream-Url 'not a url' is not a valid URL: /);
});

it(must('upstream-unlisted'), async () => {
  const url = new URL(other.url);
  for (const wrong of [
    `${other.url}/more`,
    other.url.replace('http:', 'https:'),
    other.url.replace(url.port, '9'),
    other.url.replace('http://', 'http://me@'),
    'https://evil.example/mcp',
    'file:///etc/passwd',
  ]) {
    const { status, json } = await callAt(wrong);
    expect([wrong, status]).toEqual([wrong, 403]);
    expect(json.error).toBe(`Upstream URL '${wrong}' not in provider 'files's allowlist`);
  }
});

it(must('upstream-listed'), async () => {
  expect((await callAt(other.url)).json).toEqual({ result: 'elsewhere' });
  expect((await callAt(`  ${other.url}  `)).json).toEqual({ result: 'elsewhere' });
  const token = await aToken({ scope: 'tool:pet-store:*' });
  const refused = await callAt('not a url', 'files:search', token);
  expect(refused.json.error).toBe("Access denied: 'files:search' is not in your scopes");
});

it(must('upstream-absent'), async () => {
  for (const headers of [{}, { 'x-ati-upstream-url': '  ' }] as Record<string, string>[]) {
    const { json } = await ati.call('files:search', { text: 'x' }, { headers });
    expect(json.result).toBe('found {"text":"x"}');
  }
});

it(must('rpc-header'), async () => {
  const call = (url: string, name = 'files:search') =>
    ati.rpc('tools/call', { name }, { headers: { 'x-ati-upstream-url': url } });
  expect((await call('not a url')).json.error.code).toBe(-32602);
  expect((await call('https://evil.example/mcp')).json.error.code).toBe(-32001);
  expect((await call(other.url)).json.result).toEqual({
    ...{ content: [{ type: 'text', text: 'elsewhere' }], isError: false },
  });
});

it(must('better-credentials'), async () => {
  await using guarded = await anMcpServer();
  const input = { serverUrl: guarded.url, name: 'guarded', accessToken: 'hush-hush' };
  const { id } = await registerServer(ati.app, input);
  await aCaller(ati.app).post('/agents/guard/mcp-tools', { tools: ['guarded/search'] });
  await ati.app.server.inject({
    method: 'PATCH',
    url: `/tools/mcp-servers/${id}`,
    headers: { 'x-tenantid': 'acme' },
    payload: { upstream_urls: [other.url, `${guarded.url}/`] },
  });
  const token = await aToken({ sub: 'guard' });
  const callsOf = ({ seen }: TestMcpServer) =>
    seen.filter(({ message }) => message?.method === 'tools/call');
  expect((await ati.call('guarded:search', {}, { token })).status).toBe(200);
  expect(callsOf(guarded).at(-1)?.headers.authorization).toBe('Bearer hush-hush');
  // The origin that the token was stored for may have it.
  expect((await callAt(`${guarded.url}/`, 'guarded:search', token)).status).toBe(200);
  expect(callsOf(guarded)).toHaveLength(2);
  expect(callsOf(guarded).at(-1)?.headers.authorization).toBe('Bearer hush-hush');
  const before = callsOf(other).length;
  expect((await callAt(other.url, 'guarded:search', token)).status).toBe(200);
  expect(callsOf(other)).toHaveLength(before + 1);
  for (const { headers } of other.seen) expect(headers.authorization).toBeUndefined();
});

it(must('better-allowlist'), async () => {
  expect(await allow(['http://*.0.0.1:9/mcp'])).toBe(422);
  expect(await allow(['http://10.0.0.1/mcp'])).toBe(200);
  for (const url of ['http://10.0.0.1/mcp']) {
    const { status, json } = await callAt(url);
    expect([url, status]).toEqual([url, 403]);
    expect(json.error).toContain('Requests to "10.0.0.1" are not allowed');
  }
  expect((await callAt(other.url)).status).toBe(403);
});

it('other routes do not look at it', async () => {
  const headers = { 'x-ati-upstream-url': 'not a url' };
  expect((await ati.ask('/tools', { headers })).status).toBe(200);
  expect((await ati.ask('/tools/files:search', { headers })).json.input_schema).toBeTruthy();
});
