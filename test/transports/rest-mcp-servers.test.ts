import { afterAll, expect, it } from 'vitest';
import { aTool, startMcpServer } from '../support/listing-server.js';
import { openRestApp } from './rest-app.js';

const rest = await openRestApp({ env: { EGRESS_ALLOW: '127.0.0.1', MCP_REFRESH_SECONDS: '0' } });
const upstream = await startMcpServer({
  tools: [aTool('search'), aTool('files.read')],
  token: 'a-token',
});
afterAll(async () => {
  await rest[Symbol.asyncDispose]();
  await upstream[Symbol.asyncDispose]();
});

const url = '/tools/mcp-servers';
const secrets = { access_token: 'a-token', refresh_token: 'a-refresh', client_secret: 'a-secret' };

async function register(ask: ReturnType<typeof rest.caller>, payload: object = {}) {
  const body = { server_url: upstream.url, ...secrets, client_id: 'us', timeout: 7, ...payload };
  const answer = await ask({ method: 'POST', url, payload: body });
  expect(answer.statusCode).toBe(201);
  return answer.json<{ id: string; status: string }>();
}

it('registers a server, shows it without its secrets, and lists its tools', async () => {
  const ask = rest.caller();
  const server = await register(ask, { name: 'files' });
  expect(server).toMatchObject({
    name: 'files',
    server_url: upstream.url,
    status: 'ready',
    timeout: 7,
    client_id: 'us',
    is_active: true,
    has_access_token: true,
    has_refresh_token: true,
    has_client_secret: true,
  });
  const listed = await ask({ url });
  expect(listed.json()).toEqual([server]);
  expect((await ask({ url: `${url}/${server.id}` })).json()).toEqual(server);
  for (const secret of Object.values(secrets)) expect(listed.body).not.toContain(secret);
  const tools = await ask({ url: `${url}/${server.id}/tools` });
  expect(tools.json()).toMatchObject([
    { name: 'search', server_tool_name: 'search', enabled: true, held: null, grade: null },
    { name: 'files_read', server_tool_name: 'files.read' },
  ]);
});

it('takes tokens, settings and the switch one by one', async () => {
  const ask = rest.caller();
  const { id } = await register(ask, { access_token: 'wrong', refresh_token: undefined });
  expect((await ask({ url: `${url}/${id}` })).json()).toMatchObject({ status: 'needs_reauth' });
  const tokens = { access_token: 'a-token', expires_in: 3600 };
  const updated = await ask({ method: 'PATCH', url: `${url}/${id}/tokens`, payload: tokens });
  expect(updated.json()).toMatchObject({
    status: 'ready',
    status_message: null,
    token_expires_at: expect.any(String),
  });
  const off = await ask({
    method: 'PATCH',
    url: `${url}/${id}`,
    payload: { is_active: false, name: 'off', timeout: 9 },
  });
  expect(off.json()).toMatchObject({
    status: 'disabled',
    name: 'off',
    timeout: 9,
    is_active: false,
  });
  const refused = await ask({ method: 'POST', url: `${url}/${id}/refresh` });
  expect([refused.statusCode, refused.json()]).toEqual([
    409,
    { detail: 'The MCP server is switched off. Switch it on first.' },
  ]);
  expect((await ask({ method: 'DELETE', url: `${url}/${id}` })).statusCode).toBe(204);
  expect((await ask({ url: `${url}/${id}` })).statusCode).toBe(404);
});

it('refreshes, shows what is held back, and approves it', async () => {
  const ask = rest.caller();
  const { id } = await register(ask);
  await upstream.setTools([aTool('search', { annotations: { destructiveHint: true } })], {
    quietly: true,
  });
  expect((await ask({ method: 'POST', url: `${url}/${id}/refresh` })).statusCode).toBe(200);
  const [held] = (await ask({ url: `${url}/${id}/tools` })).json<
    { held: { fingerprint: string; grade: string } }[]
  >();
  expect(held?.held).toMatchObject({ grade: 'suspicious', annotations: { destructiveHint: true } });
  const approve = `${url}/${id}/tools/search/approve?fingerprint`;
  const other = await ask({ method: 'POST', url: `${approve}=0000` });
  expect(other.statusCode).toBe(409);
  const approved = await ask({ method: 'POST', url: `${approve}=${held?.held.fingerprint}` });
  expect(approved.json()).toMatchObject({
    annotations: { destructiveHint: true },
    held: null,
    grade: 'suspicious',
  });
});

it.each([
  [{ server_url: 'ftp://example.com' }, 'server_url', /http or https/],
  [{ server_url: 'https://me:secret@example.com' }, 'server_url', /user name/],
  [{}, 'server_url', /string/],
  [{ server_url: 'https://example.com', name: 'a/b' }, 'name', /without "\/"/],
  [{ server_url: 'https://example.com', timeout: 0 }, 'timeout', />=1/],
  [{ server_url: 'https://example.com', access_token: 'a\nb' }, 'access_token', /line breaks/],
])('refuses to register %j', async (payload, field, message) => {
  const answer = await rest.caller()({ method: 'POST', url, payload });
  expect(answer.statusCode).toBe(422);
  const { detail } = answer.json<{ detail: { loc: string[]; msg: string }[] }>();
  expect(detail[0]?.loc).toEqual(['body', field]);
  expect(detail[0]?.msg).toMatch(message);
});

it('refuses a name that is taken, in every app of the tenant', async () => {
  const ask = rest.caller();
  await register(ask, { name: 'files' });
  const payload = { server_url: upstream.url, name: 'files' };
  const answer = await ask({ method: 'POST', url, payload, appId: 'other' });
  expect([answer.statusCode, answer.json()]).toEqual([
    409,
    { detail: 'Another MCP server is called "files".' },
  ]);
});

it('needs the app that a server belongs to', async () => {
  const payload = { server_url: upstream.url };
  const answer = await rest.caller()({ method: 'POST', url, payload, appId: null });
  expect([answer.statusCode, answer.json()]).toEqual([
    400,
    { detail: expect.stringMatching(/x-appId is missing/) },
  ]);
});
