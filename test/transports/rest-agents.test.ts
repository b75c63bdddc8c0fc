import { afterAll, describe, expect, it } from 'vitest';
import { aDocument } from '../support/documents.js';
import { openRestApp, syncedApi } from './rest-app.js';

const rest = await openRestApp();
afterAll(() => rest[Symbol.asyncDispose]());

const unknown = '00000000-0000-4000-8000-000000000000';
const document = aDocument([
  { id: 'listPets', path: '/pets', query: ['limit'] },
  { id: 'getPet', path: '/pet', query: ['id!'] },
]);

async function aCaller() {
  const ask = rest.caller();
  return { ask, ...(await syncedApi(ask, document)) };
}

describe('POST /tools/agents/{agent_id}/tools', () => {
  it('adds endpoints and counts what is new', async () => {
    const { ask, endpointIds } = await aCaller();
    const url = '/tools/agents/atlas/tools';
    const first = await ask({ method: 'POST', url, payload: { endpoint_ids: [endpointIds[0]] } });
    const second = await ask({ method: 'POST', url, payload: { endpoint_ids: endpointIds } });
    const third = await ask({ method: 'POST', url, payload: { endpoint_ids: endpointIds } });
    expect([first.json(), second.json(), third.json()]).toEqual([
      { agent_id: 'atlas', assigned: 1, tool_count: 1, revision: '2' },
      { agent_id: 'atlas', assigned: 1, tool_count: 2, revision: '3' },
      { agent_id: 'atlas', assigned: 0, tool_count: 2, revision: '3' },
    ]);
  });

  it('names the ids that do not exist and writes nothing', async () => {
    const { ask, endpointIds } = await aCaller();
    const payload = { endpoint_ids: [endpointIds[0], unknown, 'x'] };
    const answer = await ask({ method: 'POST', url: '/tools/agents/atlas/tools', payload });
    const count = await ask({ url: '/tools/agents/atlas/tool-count' });
    expect([answer.statusCode, answer.json().detail]).toEqual([
      422,
      [
        {
          loc: ['body', 'endpoint_ids', 1],
          msg: `there is no endpoint with the id "${unknown}"`,
          type: 'unknown_endpoint',
        },
        {
          loc: ['body', 'endpoint_ids', 2],
          msg: 'there is no endpoint with the id "x"',
          type: 'unknown_endpoint',
        },
      ],
    ]);
    expect(count.json().count).toBe(0);
  });

  it.each([
    [{}, ['body', 'endpoint_ids'], 'invalid_type'],
    [{ endpoint_ids: 'x' }, ['body', 'endpoint_ids'], 'invalid_type'],
    [{ endpoint_ids: [1] }, ['body', 'endpoint_ids', 0], 'invalid_type'],
    [[], ['body'], 'model_attributes_type'],
    [undefined, ['body'], 'missing'],
  ])('refuses %j, saying where', async (payload, loc, type) => {
    const url = '/tools/agents/atlas/tools';
    const answer = await rest.caller()({ method: 'POST', url, payload });
    expect([answer.statusCode, answer.json().detail]).toMatchObject([422, [{ loc, type }]]);
  });

  it('refuses an agent id that is too long', async () => {
    const url = `/tools/agents/${'a'.repeat(201)}/tools`;
    const answer = await rest.caller()({ method: 'POST', url, payload: { endpoint_ids: [] } });
    expect(answer.json().detail).toMatchObject([{ loc: ['path', 'agent_id'] }]);
  });

  it('takes any agent id that a path can carry', async () => {
    const { ask, endpointIds } = await aCaller();
    const url = `/tools/agents/${encodeURIComponent('a/b c?ü')}/tools`;
    const answer = await ask({ method: 'POST', url, payload: { endpoint_ids: endpointIds } });
    expect(answer.json()).toMatchObject({ agent_id: 'a/b c?ü', assigned: 2 });
  });
});

describe('DELETE /tools/agents/{agent_id}/tools', () => {
  it('takes endpoints away and counts those that the agent had', async () => {
    const { ask, endpointIds } = await aCaller();
    const url = '/tools/agents/atlas/tools';
    await ask({ method: 'POST', url, payload: { endpoint_ids: [endpointIds[0]] } });
    const answer = await ask({ method: 'DELETE', url, payload: { endpoint_ids: endpointIds } });
    expect(answer.json()).toEqual({
      agent_id: 'atlas',
      unassigned: 1,
      tool_count: 0,
      revision: '3',
    });
  });

  it('names the ids that do not exist and takes nothing', async () => {
    const { ask, endpointIds } = await aCaller();
    const url = '/tools/agents/atlas/tools';
    await ask({ method: 'POST', url, payload: { endpoint_ids: endpointIds } });
    const payload = { endpoint_ids: [endpointIds[0], unknown] };
    const answer = await ask({ method: 'DELETE', url, payload });
    const count = await ask({ url: '/tools/agents/atlas/tool-count' });
    expect([answer.statusCode, count.json().count]).toEqual([422, 2]);
  });
});

describe('GET /tools/agents/{agent_id}/tools', () => {
  it('shows everything that is needed to offer and call a tool', async () => {
    const { ask, apiId, endpointIds } = await aCaller();
    const url = '/tools/agents/atlas/tools';
    await ask({ method: 'POST', url, payload: { endpoint_ids: [endpointIds[1]] } });
    const answer = await ask({ url });
    expect(answer.json()).toMatchObject({
      agent_id: 'atlas',
      revision: '2',
      tools: [
        {
          id: endpointIds[1],
          name: 'getPet',
          method: 'GET',
          path: '/pet',
          base_url: 'https://api.example.com',
          api_id: apiId,
          api_name: 'Pets',
          enabled: true,
          parameters: [{ name: 'id', required: true, in_query: true }],
          input_schema: { type: 'object', required: ['id'] },
        },
      ],
      mcp_tools: [],
    });
  });

  it('is empty for an agent that nobody knows', async () => {
    const answer = await rest.caller()({ url: '/tools/agents/nobody/tools' });
    expect(answer.json()).toEqual({ agent_id: 'nobody', revision: '0', tools: [], mcp_tools: [] });
  });

  it('leaves out what is switched off, as the count does', async () => {
    const { ask, endpointIds } = await aCaller();
    const url = '/tools/agents/atlas/tools';
    await ask({ method: 'POST', url, payload: { endpoint_ids: endpointIds } });
    const edit = `/tools/api/endpoints/${endpointIds[0]}`;
    await ask({ method: 'PATCH', url: edit, payload: { enabled: false } });
    const tools = await ask({ url });
    const count = await ask({ url: '/tools/agents/atlas/tool-count' });
    expect([tools.json().tools.length, count.json().count]).toEqual([1, 1]);
  });

  it('can be read in parts', async () => {
    const { ask, endpointIds } = await aCaller();
    const url = '/tools/agents/atlas/tools';
    await ask({ method: 'POST', url, payload: { endpoint_ids: endpointIds } });
    const first = await ask({ url: `${url}?limit=1` });
    const link = /<([^>]+)>; rel="next"/.exec(String(first.headers.link))?.[1];
    const second = await ask({ url: `${url}${link}` });
    expect(second.headers.link).toBeUndefined();
    expect([first, second].map((part) => part.json().tools[0].name)).toEqual([
      'listPets',
      'getPet',
    ]);
  });
});

describe('tool counts', () => {
  it('are there for every agent of the tenant', async () => {
    const { ask, endpointIds } = await aCaller();
    for (const agent of ['atlas', '__proto__']) {
      const url = `/tools/agents/${agent}/tools`;
      await ask({ method: 'POST', url, payload: { endpoint_ids: endpointIds } });
    }
    const answer = await ask({ url: '/tools/agents/tool-count' });
    expect(answer.body).toBe('{"counts":{"__proto__":2,"atlas":2}}');
  });

  it('are there for one agent', async () => {
    const answer = await rest.caller()({ url: '/tools/agents/nobody/tool-count' });
    expect(answer.json()).toEqual({ agent_id: 'nobody', count: 0 });
  });

  it('know an agent that is called like a fixed segment', async () => {
    const { ask, endpointIds } = await aCaller();
    const url = '/tools/agents/tool-count/tools';
    await ask({ method: 'POST', url, payload: { endpoint_ids: endpointIds } });
    const one = await ask({ url: '/tools/agents/tool-count/tool-count' });
    const all = await ask({ url: '/tools/agents/tool-count' });
    expect([one.json().count, all.json()]).toEqual([2, { counts: { 'tool-count': 2 } }]);
  });
});
