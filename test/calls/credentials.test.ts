import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { App } from '../../src/app.js';
import { resealCredentials } from '../../src/credentials/reseal-credentials.js';
import { query } from '../../src/storage/sql.js';
import { aTestApp } from '../support/test-app.js';
import { startUpstream, type Upstream } from '../support/upstream.js';
import { aCaller, aThingsDocument, made } from './callers.js';

let upstream: Upstream;
let elsewhere: Upstream;
let app: App;
let tenants = 0;

beforeAll(async () => {
  upstream = await startUpstream();
  elsewhere = await startUpstream();
  app = await aTestApp({ env: { EGRESS_ALLOW: '127.0.0.1' } });
});
afterAll(async () => {
  await app[Symbol.asyncDispose]();
  await upstream[Symbol.asyncDispose]();
  await elsewhere[Symbol.asyncDispose]();
});

const securitySchemes = {
  key: { type: 'apiKey', in: 'header', name: 'X-Api-Key' },
  login: { type: 'http', scheme: 'basic' },
  bearer: { type: 'http', scheme: 'bearer' },
  client: { type: 'oauth2', flows: { clientCredentials: { tokenUrl: '/token', scopes: {} } } },
  implicit: { type: 'oauth2', flows: { implicit: { authorizationUrl: '/a', scopes: {} } } },
  certificate: { type: 'mutualTLS' },
};

async function anApi({ security = [{ key: [] }], origin = upstream.origin } = {}) {
  tenants += 1;
  const tenant = `tenant-${tenants}`;
  const caller = aCaller(app, tenant);
  const document = aThingsDocument(origin, { security, components: { securitySchemes } });
  const { apiId, ids } = await caller.sync(document);
  await caller.assign('atlas', Object.values(ids));
  const set = async (scheme: string, fields: object, id = apiId) => {
    const { data, errors } = await caller.ask(
      `mutation ($input: SetApiCredentialInput!) { setApiCredential(input: $input) {
        securitySchemes { name type where hasCredential } } }`,
      { input: { apiId: id, scheme, ...fields } },
    );
    return errors ? { code: errors[0].extensions.code, message: errors[0].message } : data;
  };
  const remove = (scheme: string) =>
    caller.ask(
      `mutation ($id: ID!, $scheme: String!) { removeApiCredential(apiId: $id, scheme: $scheme) { id } }`,
      { id: apiId, scheme },
    );
  const revision = async () =>
    Number((await caller.ask('{ catalogRevision }')).data.catalogRevision);
  return { caller, tenant, apiId, ids, set, remove, revision };
}

describe('a credential', () => {
  it('is sent with calls, and taken back at once', async () => {
    const { caller, set, remove } = await anApi();
    expect(await caller.call('getThing', { id: '1' })).toMatchObject({
      status: 503,
      refused: expect.stringContaining('key'),
    });
    await set('key', { value: 'first-value-1' });
    made(await caller.call('getThing', { id: '1' }));
    expect(upstream.seen.at(-1)?.headers).toMatchObject({ 'x-api-key': 'first-value-1' });
    await set('key', { value: 'second-value-2' });
    made(await caller.call('getThing', { id: '1' }));
    expect(upstream.seen.at(-1)?.headers).toMatchObject({ 'x-api-key': 'second-value-2' });
    await remove('key');
    expect(await caller.call('getThing', { id: '1' })).toMatchObject({ status: 503 });
  });

  it('is never shown: only that there is one', async () => {
    const { caller, set, apiId } = await anApi();
    const { setApiCredential } = await set('login', { username: 'me', password: 'hidden-pw-1' });
    expect(setApiCredential.securitySchemes).toEqual([
      { name: 'key', type: 'apiKey', where: 'header', hasCredential: false },
      { name: 'login', type: 'http', where: 'basic', hasCredential: true },
      { name: 'bearer', type: 'http', where: 'bearer', hasCredential: false },
      { name: 'client', type: 'oauth2', where: null, hasCredential: false },
      { name: 'implicit', type: 'oauth2', where: null, hasCredential: false },
      { name: 'certificate', type: 'mutualTLS', where: null, hasCredential: false },
    ]);
    const rows = await query(
      app.ports.storage.fork(),
      'select * from api_credentials where api_id = $1',
      [apiId],
    );
    expect(JSON.stringify(rows)).not.toContain('hidden-pw-1');
    expect(JSON.stringify(rows)).not.toContain('"me"');
    const { data } = await caller.ask(`{ catalogChanges(after: "0") { kind agents { id } } }`);
    expect(JSON.stringify(data)).not.toContain('hidden-pw-1');
  });

  it('is a catalog write, that removing what is not there is not', async () => {
    const { caller, set, remove, revision } = await anApi();
    const before = await revision();
    await set('key', { value: 'some-value-1' });
    expect(await revision()).toBe(before + 1);
    await remove('login');
    expect(await revision()).toBe(before + 1);
    await remove('key');
    expect(await revision()).toBe(before + 2);
    const { data } = await caller.ask(
      `{ catalogChanges(after: "${before}") { kind agents { id } } }`,
    );
    expect(data.catalogChanges).toEqual([
      { kind: 'API_SYNCED', agents: [] },
      { kind: 'API_SYNCED', agents: [] },
    ]);
  });

  it.each([
    ['kye', { value: 'v' }, 'Did you mean "key"?'],
    ['key', {}, 'value'],
    ['key', { username: 'u' }, 'username'],
    ['key', { value: 'a\r\nb: c' }, 'value'],
    ['login', { value: 'v' }, 'username'],
    ['implicit', { clientId: 'i', clientSecret: 's' }, 'tokenUrl'],
    ['certificate', { value: 'v' }, 'mutualTLS'],
  ])('of "%s" with %j is refused', async (scheme, fields, sentence) => {
    const { set, revision } = await anApi();
    const before = await revision();
    expect(await set(scheme, fields)).toEqual({
      code: 'BAD_USER_INPUT',
      message: expect.stringContaining(sentence),
    });
    expect(await revision()).toBe(before);
  });

  it('is refused for an API that is not there', async () => {
    const { set } = await anApi();
    const other = await anApi();
    expect(await set('key', { value: 'v' }, other.apiId)).toMatchObject({ code: 'NOT_FOUND' });
  });

  it('stays with the origin that it was given for', async () => {
    const { caller, set, apiId } = await anApi();
    await set('key', { value: 'bound-value-1' });
    const move = (baseUrl: string) =>
      caller.ask(`mutation ($input: UpdateApiInput!) { updateApi(input: $input) { id } }`, {
        input: { id: apiId, baseUrl },
      });
    await move(elsewhere.origin);
    expect(await caller.call('getThing', { id: '1' })).toMatchObject({
      status: 503,
      refused: expect.stringContaining(upstream.origin),
    });
    expect(elsewhere.seen).toEqual([]);
    await move(upstream.origin);
    expect(made(await caller.call('getThing', { id: '1' })).outcome).toBe('OK');
  });

  it('goes nowhere when a later document names another server', async () => {
    const { caller, set } = await anApi();
    await set('key', { value: 'bound-value-2' });
    const document = aThingsDocument(elsewhere.origin, {
      security: [{ key: [] }],
      components: { securitySchemes },
    });
    await caller.sync(document, { strategy: 'force' });
    expect(await caller.call('getThing', { id: '1' })).toMatchObject({ status: 503 });
    expect(elsewhere.seen).toEqual([]);
  });

  it('is under the keys that rotation covers', async () => {
    const { set } = await anApi();
    await set('login', { username: 'me', password: 'pw' });
    const { rows, unreadable, current } = await resealCredentials(
      app.ports.storage.fork(),
      app.ports.sealer,
    );
    expect({ unreadable, areCurrent: rows === current }).toEqual({
      unreadable: 0,
      areCurrent: true,
    });
    expect(rows).toBeGreaterThan(0);
  });
});

it('leaves stored headers with the origin that they were given for', async () => {
  const { caller, apiId } = await anApi({ security: [] });
  const update = (input: object) =>
    caller.ask(`mutation ($input: UpdateApiInput!) { updateApi(input: $input) { id } }`, {
      input: { id: apiId, ...input },
    });
  await update({ headers: { 'X-Team': 'our-team-4711' } });
  await caller.call('getThing', { id: '1' });
  expect(upstream.seen.at(-1)?.headers).toMatchObject({ 'x-team': 'our-team-4711' });
  await update({ baseUrl: elsewhere.origin });
  const moved = await caller.call('getThing', { id: '1' });
  expect(JSON.stringify([moved, elsewhere.seen])).not.toContain('our-team-4711');
  await update({ headers: { 'X-Team': 'our-team-4712' } });
  made(await caller.call('getThing', { id: '1' }));
  expect(elsewhere.seen.at(-1)?.headers).toMatchObject({ 'x-team': 'our-team-4712' });
});
