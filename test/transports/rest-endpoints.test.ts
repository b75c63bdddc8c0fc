import { afterAll, describe, expect, it } from 'vitest';
import { AppError } from '../../src/errors.js';
import type { DescriptionWriter } from '../../src/upstream/description-writer.js';
import { aDocument } from '../support/documents.js';
import { openRestApp, syncedApi } from './rest-app.js';

const rest = await openRestApp();
afterAll(() => rest[Symbol.asyncDispose]());

const unknown = '00000000-0000-4000-8000-000000000000';
const document = aDocument([
  { id: 'listPets', path: '/pets', query: ['limit'] },
  { id: 'addPet', method: 'post', path: '/pets' },
  { id: 'getPet', path: '/pet', query: ['id!'] },
]);

async function aCaller() {
  const ask = rest.caller();
  return { ask, ...(await syncedApi(ask, document)) };
}

function names(endpoints: { name: string }[]): string[] {
  return endpoints.map(({ name }) => name);
}

describe('GET /tools/api/endpoints', () => {
  it('lists the endpoints of one API in the order of its document', async () => {
    const { ask, apiId } = await aCaller();
    const answer = await ask({ url: '/tools/api/endpoints', apiId });
    expect(names(answer.json())).toEqual(['listPets', 'addPet', 'getPet']);
  });

  it('lists those of one agent', async () => {
    const { ask, apiId, endpointIds } = await aCaller();
    const payload = { endpoint_ids: [endpointIds[2]] };
    await ask({ method: 'POST', url: '/tools/agents/atlas/tools', payload });
    const answer = await ask({ url: '/tools/api/endpoints?agent_id=atlas', apiId });
    expect(names(answer.json())).toEqual(['getPet']);
  });

  it('finds by text', async () => {
    const { ask, apiId } = await aCaller();
    const answer = await ask({ url: '/tools/api/endpoints?search=addp', apiId });
    expect(names(answer.json())).toEqual(['addPet']);
  });

  it('goes on after a cursor with the same filters', async () => {
    const { ask, apiId } = await aCaller();
    const first = await ask({ url: '/tools/api/endpoints?limit=1&search=pet', apiId });
    const link = /<([^>]+)>; rel="next"/.exec(String(first.headers.link))?.[1];
    const second = await ask({ url: `/tools/api/endpoints${link}`, apiId });
    expect(link).toContain('search=pet');
    expect([...names(first.json()), ...names(second.json())]).toEqual(['listPets', 'addPet']);
  });

  it('is not sent again to who has it, until something is written', async () => {
    const { ask, apiId, endpointIds } = await aCaller();
    const first = await ask({ url: '/tools/api/endpoints', apiId });
    const headers = { 'if-none-match': String(first.headers.etag) };
    const again = await ask({ url: '/tools/api/endpoints', apiId, headers });
    expect([again.statusCode, again.body, again.headers.etag]).toEqual([
      304,
      '',
      first.headers.etag,
    ]);
    const payload = { name: 'seePets' };
    await ask({ method: 'PATCH', url: `/tools/api/endpoints/${endpointIds[0]}`, payload });
    const changed = await ask({ url: '/tools/api/endpoints', apiId, headers });
    expect([changed.statusCode, names(changed.json())]).toEqual([
      200,
      ['seePets', 'addPet', 'getPet'],
    ]);
    expect(changed.headers.etag).not.toBe(first.headers.etag);
  });

  it('is another one with other filters, for another API and after the API is gone', async () => {
    const { ask, apiId } = await aCaller();
    const other = await syncedApi(ask, aDocument([{ id: 'other', path: '/other' }], 'Other'));
    const list = async (id: string, query = '') =>
      names((await ask({ url: `/tools/api/endpoints${query}`, apiId: id })).json());
    for (const _ of [1, 2]) {
      expect(await list(apiId)).toEqual(['listPets', 'addPet', 'getPet']);
      expect(await list(apiId, '?search=add')).toEqual(['addPet']);
      expect(await list(apiId, '?limit=1')).toEqual(['listPets']);
      expect(await list(other.apiId)).toEqual(['other']);
    }
    await ask({ method: 'DELETE', url: `/tools/apis/${apiId}` });
    expect((await ask({ url: '/tools/api/endpoints', apiId })).statusCode).toBe(404);
  });

  it('says that x-apiId is missing', async () => {
    const answer = await rest.caller()({ url: '/tools/api/endpoints' });
    expect([answer.statusCode, answer.json().detail]).toEqual([
      400,
      'The header x-apiId is missing: it names the API.',
    ]);
  });

  it('does not find an API that does not exist', async () => {
    const answer = await rest.caller()({ url: '/tools/api/endpoints', apiId: unknown });
    expect(answer.statusCode).toBe(404);
  });

  it('refuses a filter that is given twice', async () => {
    const { ask, apiId } = await aCaller();
    const answer = await ask({ url: '/tools/api/endpoints?tag=a&tag=b', apiId });
    expect(answer.json().detail).toMatchObject([{ loc: ['query', 'tag'], type: 'duplicate' }]);
  });
});

describe('GET /tools/api/endpoints/{id}', () => {
  it('shows the endpoint with its parameters and its input schema', async () => {
    const { ask, apiId, endpointIds } = await aCaller();
    const answer = await ask({ url: `/tools/api/endpoints/${endpointIds[2]}` });
    expect(answer.json()).toMatchObject({
      id: endpointIds[2],
      api_id: apiId,
      name: 'getPet',
      method: 'GET',
      path: '/pet',
      enabled: true,
      parameters: [
        {
          name: 'id',
          type: 'string',
          location: 'query',
          required: true,
          in_query: true,
          in_path: false,
        },
      ],
      input_schema: { type: 'object', required: ['id'] },
    });
  });

  it.each([unknown, 'x', '%2e%2e'])('does not find %s', async (id) => {
    const answer = await rest.caller()({ url: `/tools/api/endpoints/${id}` });
    expect(answer.statusCode).toBe(404);
  });
});

describe('PATCH /tools/api/endpoints/{id}', () => {
  it('changes name, description and enabled, and leaves out what is not given', async () => {
    const { ask, endpointIds } = await aCaller();
    const url = `/tools/api/endpoints/${endpointIds[0]}`;
    await ask({ method: 'PATCH', url, payload: { name: 'pets', description: 'All pets.' } });
    const answer = await ask({ method: 'PATCH', url, payload: { enabled: false } });
    expect(answer.json()).toMatchObject({ name: 'pets', description: 'All pets.', enabled: false });
  });

  it.each([
    [{ name: 'no spaces' }, ['body', 'name']],
    [{ name: 7 }, ['body', 'name']],
    [{ enabled: 'yes' }, ['body', 'enabled']],
    [[], ['body']],
  ])('refuses %j, saying where', async (payload, loc) => {
    const { ask, endpointIds } = await aCaller();
    const url = `/tools/api/endpoints/${endpointIds[0]}`;
    const answer = await ask({ method: 'PATCH', url, payload });
    const after = await ask({ url });
    expect([answer.statusCode, answer.json().detail[0].loc]).toEqual([422, loc]);
    expect(after.json()).toMatchObject({ name: 'listPets', enabled: true });
  });

  it('refuses a name that another endpoint of the API has', async () => {
    const { ask, endpointIds } = await aCaller();
    const url = `/tools/api/endpoints/${endpointIds[0]}`;
    const answer = await ask({ method: 'PATCH', url, payload: { name: 'getPet' } });
    expect([answer.statusCode, answer.json().detail]).toEqual([
      409,
      'Another endpoint of this API is called "getPet".',
    ]);
  });

  it('says where a body stops being JSON', async () => {
    const { ask, endpointIds } = await aCaller();
    const answer = await ask({
      method: 'PATCH',
      url: `/tools/api/endpoints/${endpointIds[0]}`,
      payload: '{"name" 1}',
      headers: { 'content-type': 'application/json' },
    });
    expect(answer.json().detail).toMatchObject([{ loc: ['body', 8], type: 'json_invalid' }]);
  });

  it('does not find an endpoint that does not exist', async () => {
    const url = `/tools/api/endpoints/${unknown}`;
    const answer = await rest.caller()({ method: 'PATCH', url, payload: { name: 'x' } });
    expect(answer.statusCode).toBe(404);
  });
});

describe('POST /tools/api/endpoints/{id}/describe', () => {
  it('says that no model is configured', async () => {
    const { ask, endpointIds } = await aCaller();
    const url = `/tools/api/endpoints/${endpointIds[0]}/describe`;
    const answer = await ask({ method: 'POST', url });
    expect(answer.statusCode).toBe(503);
    expect(answer.json().detail).toContain('OPENAI_API_KEY');
  });

  it.each([
    ['UPSTREAM_FAILED', 502],
    ['UPSTREAM_TIMEOUT', 504],
  ] as const)('answers %s as %i and keeps the description', async (code, status) => {
    const descriptions: DescriptionWriter = {
      describe: () => Promise.reject(new AppError(code, 'The model is not well.')),
    };
    await using other = await openRestApp({ ports: { descriptions } });
    const ask = other.caller();
    const { endpointIds } = await syncedApi(ask, document);
    const url = `/tools/api/endpoints/${endpointIds[0]}`;
    await ask({ method: 'PATCH', url, payload: { description: 'As it was.' } });
    const answer = await ask({ method: 'POST', url: `${url}/describe` });
    const after = await ask({ url });
    expect([answer.statusCode, answer.json()]).toEqual([
      status,
      { detail: 'The model is not well.' },
    ]);
    expect(after.json().description).toBe('As it was.');
  });

  it('shows the endpoint with what the model wrote', async () => {
    const descriptions: DescriptionWriter = { describe: async ({ name }) => `Does ${name}.` };
    await using other = await openRestApp({ ports: { descriptions } });
    const ask = other.caller();
    const { endpointIds } = await syncedApi(ask, document);
    const url = `/tools/api/endpoints/${endpointIds[0]}/describe`;
    const answer = await ask({ method: 'POST', url });
    expect(answer.json()).toMatchObject({ description: 'Does listPets.' });
  });
});
