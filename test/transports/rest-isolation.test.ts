import { randomUUID } from 'node:crypto';
import { afterAll, describe, expect, it } from 'vitest';
import { aSkillZip } from '../support/archives.js';
import { aDocument } from '../support/documents.js';
import { seedMcpTools } from '../support/seed-mcp-tools.js';
import { type AskOptions, formOf, openRestApp, syncedApi } from './rest-app.js';
import { servedRoutes } from './served-routes.js';

type Ids = {
  submittedId: string;
  apiId: string;
  endpointId: string;
  mcpServerId: string;
  mcpToolId: string;
  agentId: string;
  skill: string;
};
type Call = (ids: Ids) => AskOptions | Promise<AskOptions>;

// What the victim submits stays as it is.
const rest = await openRestApp({ env: { WORKER: 'off' } });
afterAll(() => rest[Symbol.asyncDispose]());

const secret = aDocument([{ id: 'victimOperation', path: '/victim' }], 'Victim');
const ours = aDocument([{ id: 'ourOperation', path: '/ours' }], 'Ours');

/** How another tenant's ids can be put into each route: everywhere that it takes an id. */
const calls: Record<string, Call[]> = {
  'GET /health': [() => ({ url: '/tools/health' })],
  'GET /openapi.json': [() => ({ url: '/tools/openapi.json' })],
  'GET /mcp-servers/oauth/callback': [
    ({ apiId }) => ({ url: `/tools/mcp-servers/oauth/callback?state=${apiId}&code=x` }),
  ],
  'GET /mcp-servers/oauth/client-metadata': [
    () => ({ url: '/tools/mcp-servers/oauth/client-metadata' }),
  ],
  'GET /docs': [() => ({ url: '/tools/docs' })],
  'GET /docs/': [() => ({ url: '/tools/docs/' })],
  'GET /docs/:file': [({ apiId }) => ({ url: `/tools/docs/${apiId}` })],
  'POST /preview-swagger': [
    ({ apiId }) => ({ method: 'POST', url: '/tools/preview-swagger', payload: secret, apiId }),
  ],
  'POST /plan-sync': [
    ({ apiId }) => ({ method: 'POST', url: '/tools/plan-sync', payload: secret, apiId }),
    () => ({ method: 'POST', url: '/tools/plan-sync', payload: secret }),
  ],
  'POST /sync-swagger': [
    ({ apiId }) => ({ method: 'POST', url: '/tools/sync-swagger', payload: secret, apiId }),
    ({ apiId }) => ({
      method: 'POST',
      url: '/tools/sync-swagger',
      payload: { swagger_json: ours, strategy: 'force' },
      apiId,
    }),
  ],
  'POST /sync-swagger/file': [
    async ({ apiId }) => {
      const { payload, headers } = await formOf({ file: new Blob([JSON.stringify(ours)]) });
      return { method: 'POST', url: '/tools/sync-swagger/file', payload, headers, apiId };
    },
  ],
  'GET /apis': [
    () => ({ url: '/tools/apis' }),
    () => ({ url: '/tools/apis', appId: null }),
    ({ apiId }) => ({ url: `/tools/apis?after=${cursor(['Victim', apiId])}` }),
  ],
  'GET /api/details': [({ apiId }) => ({ url: '/tools/api/details', apiId })],
  'PATCH /apis/:id': [
    ({ apiId }) => ({ method: 'PATCH', url: `/tools/apis/${apiId}`, payload: { name: 'Stolen' } }),
  ],
  'DELETE /apis/:id': [({ apiId }) => ({ method: 'DELETE', url: `/tools/apis/${apiId}` })],
  'GET /api/endpoints': [
    ({ apiId }) => ({ url: '/tools/api/endpoints', apiId }),
    ({ apiId, agentId }) => ({ url: `/tools/api/endpoints?agent_id=${agentId}`, apiId }),
    ({ apiId, endpointId }) => ({
      url: `/tools/api/endpoints?after=${cursor([0, endpointId])}`,
      apiId,
    }),
  ],
  'GET /api/endpoints/:id': [({ endpointId }) => ({ url: `/tools/api/endpoints/${endpointId}` })],
  'PATCH /api/endpoints/:id': [
    ({ endpointId }) => ({
      method: 'PATCH',
      url: `/tools/api/endpoints/${endpointId}`,
      payload: { name: 'stolen', enabled: false },
    }),
  ],
  'POST /api/endpoints/:id/describe': [
    ({ endpointId }) => ({ method: 'POST', url: `/tools/api/endpoints/${endpointId}/describe` }),
  ],
  'POST /api/endpoints/:id/test': [
    ({ endpointId }) => ({
      method: 'POST',
      url: `/tools/api/endpoints/${endpointId}/test`,
      payload: { parameters: {} },
    }),
  ],
  'GET /agents/local-tools': [() => ({ url: '/tools/agents/local-tools' })],
  'GET /agents/tool-count': [() => ({ url: '/tools/agents/tool-count' })],
  'GET /agents/:agent_id/tool-count': [
    ({ agentId }) => ({ url: `/tools/agents/${agentId}/tool-count` }),
  ],
  'GET /agents/:agent_id/export': [
    ({ agentId }) => ({ url: `/tools/agents/${agentId}/export?format=mcp` }),
  ],
  'GET /agents/:agent_id/tools': [
    ({ agentId }) => ({ url: `/tools/agents/${agentId}/tools` }),
    ({ agentId, endpointId }) => ({
      url: `/tools/agents/${agentId}/tools?after=${cursor([0, endpointId])}`,
    }),
  ],
  'POST /agents/:agent_id/mcp-tools': [
    ({ agentId, mcpToolId }) => ({
      method: 'POST',
      url: `/tools/agents/${agentId}/mcp-tools`,
      payload: { tools: [mcpToolId, 'victim_tool', 'victim-server/victim_tool'] },
    }),
    ({ agentId }) => ({
      method: 'POST',
      url: `/tools/agents/${agentId}/mcp-tools`,
      payload: { tools: [] },
    }),
  ],
  'POST /agents/:agent_id/tools': [
    ({ agentId, endpointId }) => ({
      method: 'POST',
      url: `/tools/agents/${agentId}/tools`,
      payload: { endpoint_ids: [endpointId] },
    }),
  ],
  'POST /agents/:agent_id/tools/:name/submit': [
    ({ agentId }) => ({
      method: 'POST',
      url: `/tools/agents/${agentId}/tools/victimOperation/submit`,
      payload: {},
    }),
  ],
  'GET /calls/:id': [({ submittedId }) => ({ url: `/tools/calls/${submittedId}` })],
  'POST /agents/:agent_id/tools/:name/call': [
    ({ agentId }) => ({
      method: 'POST',
      url: `/tools/agents/${agentId}/tools/victimOperation/call`,
      payload: { arguments: {} },
    }),
  ],
  'GET /mcp-servers': [
    () => ({ url: '/tools/mcp-servers' }),
    () => ({ url: '/tools/mcp-servers', appId: null }),
  ],
  'POST /mcp-servers': [
    // Its name is free for everybody else.
    () => ({
      method: 'POST',
      url: '/tools/mcp-servers',
      payload: { server_url: 'ftp://x', name: 'victim-server' },
    }),
  ],
  'GET /mcp-servers/:id': [({ mcpServerId }) => ({ url: `/tools/mcp-servers/${mcpServerId}` })],
  'PATCH /mcp-servers/:id': [
    ({ mcpServerId }) => ({
      method: 'PATCH',
      url: `/tools/mcp-servers/${mcpServerId}`,
      payload: { name: 'stolen', is_active: false },
    }),
  ],
  'PATCH /mcp-servers/:id/tokens': [
    ({ mcpServerId }) => ({
      method: 'PATCH',
      url: `/tools/mcp-servers/${mcpServerId}/tokens`,
      payload: { access_token: 'ours' },
    }),
  ],
  'POST /mcp-servers/:id/refresh': [
    ({ mcpServerId }) => ({ method: 'POST', url: `/tools/mcp-servers/${mcpServerId}/refresh` }),
  ],
  'GET /mcp-servers/:id/tools': [
    ({ mcpServerId }) => ({ url: `/tools/mcp-servers/${mcpServerId}/tools` }),
  ],
  'POST /mcp-servers/:id/tools/:tool/approve': [
    ({ mcpServerId, mcpToolId }) => ({
      method: 'POST',
      url: `/tools/mcp-servers/${mcpServerId}/tools/${mcpToolId}/approve`,
    }),
    ({ mcpServerId }) => ({
      method: 'POST',
      url: `/tools/mcp-servers/${mcpServerId}/tools/victim_tool/approve`,
    }),
  ],
  'DELETE /mcp-servers/:id': [
    ({ mcpServerId }) => ({ method: 'DELETE', url: `/tools/mcp-servers/${mcpServerId}` }),
  ],
  'GET /search': [
    () => ({ url: '/tools/search?q=get+01' }),
    ({ agentId }) => ({ url: `/tools/search?q=get+01&agent_id=${agentId}` }),
  ],
  'GET /skills': [
    () => ({ url: '/tools/skills' }),
    () => ({ url: '/tools/skills?search=victim' }),
    ({ agentId }) => ({ url: `/tools/skills?agent_id=${agentId}` }),
  ],
  'POST /skills': [
    async () => {
      const form = await formOf({ file: new Blob(['no archive']) });
      return { method: 'POST', url: '/tools/skills', ...form };
    },
  ],
  'GET /skills/:name': [({ skill }) => ({ url: `/tools/skills/${skill}` })],
  'DELETE /skills/:name': [({ skill }) => ({ method: 'DELETE', url: `/tools/skills/${skill}` })],
  'GET /skills/:name/versions': [({ skill }) => ({ url: `/tools/skills/${skill}/versions` })],
  'GET /skills/:name/file': [({ skill }) => ({ url: `/tools/skills/${skill}/file?path=SKILL.md` })],
  'DELETE /agents/:agent_id/tools': [
    ({ agentId, endpointId }) => ({
      method: 'DELETE',
      url: `/tools/agents/${agentId}/tools`,
      payload: { endpoint_ids: [endpointId] },
    }),
  ],
};

const missing: Ids = {
  submittedId: '00000000-0000-4000-8000-00000000000c',
  apiId: '00000000-0000-4000-8000-00000000000a',
  endpointId: '00000000-0000-4000-8000-00000000000e',
  mcpServerId: '00000000-0000-4000-8000-00000000000d',
  mcpToolId: '00000000-0000-4000-8000-00000000000f',
  agentId: 'agent-of-nobody',
  skill: 'nobody-skill',
};

function cursor(position: (string | number)[]): string {
  return Buffer.from(JSON.stringify(position)).toString('base64url');
}

async function aVictim() {
  const tenant = `tenant-${randomUUID()}`;
  const ask = rest.caller(tenant);
  const { apiId, endpointIds } = await syncedApi(ask, secret);
  const agentId = 'agent-of-victim';
  const { serverIds, toolIds } = await seedMcpTools(rest.app.ports.storage.fork(), {
    ...{ tenant, servers: ['victim-server'], tools: ['victim_tool'], agents: [agentId] },
  });
  const ids: Ids = {
    apiId,
    endpointId: endpointIds[0] ?? '',
    mcpServerId: serverIds[0] ?? '',
    mcpToolId: toolIds[0] ?? '',
    agentId,
    skill: 'victim-skill',
    submittedId: '',
  };
  const url = `/tools/agents/${ids.agentId}/tools`;
  await ask({ method: 'POST', url, payload: { endpoint_ids: endpointIds } });
  const submitted = await ask({
    method: 'POST',
    url: `${url}/victimOperation/submit`,
    payload: {},
  });
  ids.submittedId = submitted.json().id;
  const archive = aSkillZip(ids.skill, { tools: ['victimOperation'] });
  const form = await formOf({ file: new Blob([new Uint8Array(archive)]) });
  await ask({ method: 'POST', url: '/tools/skills', ...form });
  const look = async () => {
    const parts = [
      '/tools/apis',
      '/tools/agents/tool-count',
      url,
      `/tools/api/endpoints/${ids.endpointId}`,
      '/tools/mcp-servers',
      '/tools/skills',
      `/tools/mcp-servers/${ids.mcpServerId}/tools`,
    ];
    return Promise.all(parts.map(async (part) => (await ask({ url: part })).body));
  };
  return { ids, look };
}

/** All that a caller can see of an answer, with the ids that it sent itself made alike. */
async function seen(ask: ReturnType<typeof rest.caller>, call: Call, ids: Ids): Promise<string> {
  const { statusCode, headers, body } = await ask(await call(ids));
  // The entity tag is made of the body, which is compared.
  const { 'x-request-id': _id, date: _date, etag: _tag, ...shown } = headers;
  const text = JSON.stringify([statusCode, shown, body]);
  return Object.values(ids).reduce((rest, id) => rest.replaceAll(id, '<id>'), text);
}

describe('another tenant', () => {
  it('is tried on every route that is served', async () => {
    const served = (await servedRoutes()).filter((route) => !route.startsWith('HEAD '));
    expect(Object.keys(calls).sort()).toEqual(served.sort());
  });

  const cases = Object.entries(calls).flatMap(([route, list]) =>
    list.map((call, index): [string, Call] => [`${route} (${index + 1})`, call]),
  );

  it.each(cases)('answers %s like ids that do not exist', async (_route, call) => {
    const victim = await aVictim();
    const before = await victim.look();
    const ask = rest.caller();
    await syncedApi(ask, ours);
    const real = await seen(ask, call, victim.ids);
    const unreal = await seen(ask, call, missing);
    expect(real).toBe(unreal);
    expect(await victim.look()).toEqual(before);
  });
});
