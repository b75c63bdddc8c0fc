import { afterAll, describe, expect, it } from 'vitest';
import { query } from '../../src/storage/sql.js';
import { aDocument } from '../support/documents.js';
import { openRestApp, sync, syncedApi } from './rest-app.js';

const rest = await openRestApp();
afterAll(() => rest[Symbol.asyncDispose]());

const pets = aDocument([{ id: 'listPets', path: '/pets' }], 'Pets');
const unknown = '00000000-0000-4000-8000-000000000000';

describe('GET /tools/apis', () => {
  it('is an empty array for a tenant without APIs', async () => {
    const answer = await rest.caller()({ url: '/tools/apis' });
    expect([answer.statusCode, answer.json()]).toEqual([200, []]);
  });

  it('shows what was synced, under the names of the columns', async () => {
    const ask = rest.caller();
    const synced = await sync(ask, pets);
    const answer = await ask({ url: '/tools/apis' });
    expect(answer.json()).toMatchObject([
      {
        id: synced.api_id,
        app_id: 'shop',
        name: 'Pets',
        base_url: 'https://api.example.com',
        swagger_url: null,
        content_hash: synced.content_hash,
        spec_version: '3.1.0',
        compatibility_score: 100,
        endpoint_count: 1,
      },
    ]);
  });

  it('shows the APIs of the application that asks, and all to one that names none', async () => {
    const ask = rest.caller();
    await sync(ask, pets);
    const other = await ask({ url: '/tools/apis', appId: 'other' });
    const any = await ask({ url: '/tools/apis', appId: null });
    expect([other.json().length, any.json().length]).toEqual([0, 1]);
  });

  it('never shows the values of stored headers', async () => {
    const ask = rest.caller();
    await sync(ask, pets, { headers: { Authorization: 'Bearer s3cret' } });
    const answer = await ask({ url: '/tools/apis' });
    expect(answer.json()[0].header_names).toEqual(['Authorization']);
    expect(answer.body).not.toContain('s3cret');
    expect(answer.json()[0]).not.toHaveProperty('headers');
  });

  it('can be read in parts by following the links', async () => {
    const ask = rest.caller();
    for (const title of ['C', 'A', 'B']) await sync(ask, aDocument([{ path: '/x' }], title));
    const names: string[] = [];
    let query = '?limit=2';
    for (let part = 0; part < 2; part += 1) {
      const answer = await ask({ url: `/tools/apis${query}` });
      names.push(...answer.json<{ name: string }[]>().map(({ name }) => name));
      query = /<([^>]+)>; rel="next"/.exec(String(answer.headers.link))?.[1] ?? 'the end';
    }
    expect([names, query]).toEqual([['A', 'B', 'C'], 'the end']);
  });

  it('is whole without a limit, however long', async () => {
    const ask = rest.caller('many');
    await query(
      rest.app.ports.storage.fork(),
      `insert into apis (id, tenant_id, app_id, name, base_url, content_hash, spec_version, compatibility_score,
         created_at, synced_at)
       select gen_random_uuid(), 'many', 'shop', 'api ' || n, '', '${'0'.repeat(64)}', '3.1.0', 100, now(), now()
       from generate_series(1, 1201) n`,
    );
    const answer = await ask({ url: '/tools/apis' });
    expect([answer.json().length, answer.headers.link]).toEqual([1201, undefined]);
  });

  it.each(['0', '501', 'x', '-1', '1.5'])('refuses the limit %s', async (limit) => {
    const answer = await rest.caller()({ url: `/tools/apis?limit=${limit}` });
    expect([answer.statusCode, answer.json().detail]).toEqual([
      422,
      [
        {
          loc: ['query', 'limit'],
          msg: 'expected a whole number from 1 to 500',
          type: 'int_parsing',
        },
      ],
    ]);
  });

  it('refuses a cursor of its own making', async () => {
    const answer = await rest.caller()({ url: '/tools/apis?after=abc' });
    expect(answer.json().detail).toMatchObject([{ loc: ['query', 'after'] }]);
  });
});

describe('GET /tools/api/details', () => {
  it('shows the API that x-apiId names', async () => {
    const ask = rest.caller();
    const { api_id: apiId } = await sync(ask, pets);
    const answer = await ask({ url: '/tools/api/details', apiId });
    expect(answer.json()).toMatchObject({ id: apiId, name: 'Pets' });
  });

  it('says that x-apiId is missing', async () => {
    const answer = await rest.caller()({ url: '/tools/api/details' });
    expect([answer.statusCode, answer.json()]).toEqual([
      400,
      { detail: 'The header x-apiId is missing: it names the API.' },
    ]);
  });

  it.each([unknown, 'no-uuid'])('does not find %s', async (apiId) => {
    const answer = await rest.caller()({ url: '/tools/api/details', apiId });
    expect([answer.statusCode, answer.json().detail]).toEqual([
      404,
      `There is no API with the id "${apiId}".`,
    ]);
  });
});

describe('PATCH /tools/apis/{id}', () => {
  it('changes what a person sets', async () => {
    const ask = rest.caller();
    const { api_id: id } = await sync(ask, pets);
    const answer = await ask({
      method: 'PATCH',
      url: `/tools/apis/${id}`,
      payload: { name: 'Animals', base_url: 'https://eu.example.com', headers: { 'x-key': 'k' } },
    });
    expect(answer.json()).toMatchObject({
      name: 'Animals',
      base_url: 'https://eu.example.com',
      header_names: ['x-key'],
    });
  });

  it('refuses a base URL that is none, and changes nothing', async () => {
    const ask = rest.caller();
    const { api_id: id } = await sync(ask, pets);
    const payload = { name: 'Animals', base_url: 'example' };
    const answer = await ask({ method: 'PATCH', url: `/tools/apis/${id}`, payload });
    const after = await ask({ url: '/tools/api/details', apiId: id });
    expect(answer.json().detail).toMatchObject([{ loc: ['body', 'base_url'] }]);
    expect([answer.statusCode, after.json().name]).toEqual([422, 'Pets']);
  });

  it('refuses a name that another API has', async () => {
    const ask = rest.caller();
    await sync(ask, aDocument([{ path: '/x' }], 'Taken'));
    const { api_id: id } = await sync(ask, pets);
    const payload = { name: 'Taken' };
    const answer = await ask({ method: 'PATCH', url: `/tools/apis/${id}`, payload });
    expect(answer.statusCode).toBe(409);
  });

  it('does not find an API that does not exist', async () => {
    const url = `/tools/apis/${unknown}`;
    const answer = await rest.caller()({ method: 'PATCH', url, payload: { name: 'x' } });
    expect(answer.statusCode).toBe(404);
  });
});

describe('DELETE /tools/apis/{id}', () => {
  it('deletes the API, and finds it no more', async () => {
    const ask = rest.caller();
    const { apiId, endpointIds } = await syncedApi(ask, pets);
    const first = await ask({ method: 'DELETE', url: `/tools/apis/${apiId}` });
    const again = await ask({ method: 'DELETE', url: `/tools/apis/${apiId}` });
    const endpoint = await ask({ url: `/tools/api/endpoints/${endpointIds[0]}` });
    expect([first.statusCode, first.body]).toEqual([204, '']);
    expect([again.statusCode, endpoint.statusCode]).toEqual([404, 404]);
  });
});
