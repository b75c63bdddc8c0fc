import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { App } from '../../src/app.js';
import { restClient } from '../support/catalog-clients.js';
import { aChatServer, saying } from '../support/chat-server.js';
import { aDocument } from '../support/documents.js';
import { aTestApp } from '../support/test-app.js';

const document = aDocument([{ id: 'listPets', path: '/pets', query: ['limit'] }]);

async function anEndpoint(app: App, tenant: string): Promise<string> {
  const client = restClient(app, tenant);
  const answer = await client.sync(document);
  if (!('apiId' in answer)) throw new Error(JSON.stringify(answer));
  return (await client.endpoints(answer.apiId))[0]?.id ?? '';
}

const transports = {
  REST: async ({ server }: App, tenant: string, id: string) => {
    const url = `/tools/api/endpoints/${id}/describe`;
    const answer = await server.inject({ method: 'POST', url, headers: { 'x-tenantid': tenant } });
    return { description: answer.json().description, refused: answer.json().detail };
  },
  GraphQL: async ({ server }: App, tenant: string, id: string) => {
    const query = 'mutation ($id: ID!) { describeEndpoint(id: $id) { description } }';
    const answer = await server.inject({
      method: 'POST',
      url: '/graphql',
      headers: { 'x-tenantid': tenant },
      payload: { query, variables: { id } },
    });
    const { data, errors } = answer.json();
    return { description: data?.describeEndpoint.description, refused: errors?.[0]?.message };
  },
};

describe.each(Object.entries(transports))('over %s', (_, describeEndpoint) => {
  it('writes a description that survives the next sync', async () => {
    await using chat = await aChatServer(() => ({ json: saying('Lists the pets.') }));
    const env = { OPENAI_API_KEY: 'sk-test', OPENAI_BASE_URL: chat.baseUrl };
    await using app = await aTestApp({ env });
    const tenant = randomUUID();
    const id = await anEndpoint(app, tenant);
    expect(await describeEndpoint(app, tenant, id)).toMatchObject({
      description: 'Lists the pets.',
    });

    const client = restClient(app, tenant);
    const next = aDocument([{ id: 'listPets', path: '/pets', query: ['limit', 'after'] }]);
    const synced = await client.sync(next);
    const [endpoint] = await client.endpoints('apiId' in synced ? synced.apiId : '');
    expect(endpoint?.description).toBe('Lists the pets.');
  });

  it('leaves the description as it was when the LLM fails or is slow', async () => {
    let answers = 0;
    await using chat = await aChatServer(() => {
      answers += 1;
      return answers < 10 ? { status: 400, json: { error: { message: 'no' } } } : null;
    });
    const env = {
      OPENAI_API_KEY: 'sk-test',
      OPENAI_BASE_URL: chat.baseUrl,
      OPENAI_TIMEOUT_MS: '300',
    };
    await using app = await aTestApp({ env });
    const tenant = randomUUID();
    const id = await anEndpoint(app, tenant);
    expect((await describeEndpoint(app, tenant, id)).refused).toBeTruthy();
    answers = 10;
    expect((await describeEndpoint(app, tenant, id)).refused).toBeTruthy();
    const one = await app.server.inject({
      url: `/tools/api/endpoints/${id}`,
      headers: { 'x-tenantid': tenant },
    });
    expect(one.json().description).toBeNull();
  });

  it('says what is not configured without a key, and everything else works', async () => {
    await using app = await aTestApp();
    const tenant = randomUUID();
    const id = await anEndpoint(app, tenant);
    expect((await describeEndpoint(app, tenant, id)).refused).toContain('OPENAI_API_KEY');
  });
});
