import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { restClient } from '../support/catalog-clients.js';
import { aDocument } from '../support/documents.js';
import { aTestApp } from '../support/test-app.js';

const app = await aTestApp();
afterAll(() => app[Symbol.asyncDispose]());
const tenant = randomUUID();
const headers = { 'x-tenantid': tenant, 'x-appid': 'shop' };

beforeAll(async () => {
  const client = restClient(app, tenant);
  const answer = await client.sync(
    aDocument([
      { id: 'listPets', path: '/pets', query: ['limit'] },
      { id: 'deletePet', method: 'delete', path: '/pet' },
    ]),
  );
  if (!('apiId' in answer)) throw new Error('The document was not synced.');
  const endpoints = await client.endpoints(answer.apiId);
  await client.assign('atlas', [endpoints.find(({ name }) => name === 'deletePet')?.id ?? '']);
});

async function rest(query: Record<string, string>) {
  const answer = await app.server.inject({ url: '/tools/search', query, headers });
  return { status: answer.statusCode, body: answer.json() };
}

async function graphql(query: string, variables: object = {}) {
  const payload = { query, variables };
  const answer = await app.server.inject({ method: 'POST', url: '/graphql', headers, payload });
  return answer.json();
}

const search = `query ($q: String!, $agent: ID) { searchTools(query: $q, agentId: $agent) {
  tool { id name kind estimatedTokens inputSchema ... on Endpoint { method api { name } } } score reasons tokens } }`;

it('answers over REST and GraphQL with the same tools, over REST without their schemas', async () => {
  const { data } = await graphql(search, { q: 'remove a pet' });
  const { status, body } = await rest({ q: 'remove a pet' });
  expect(status).toBe(200);
  const [first] = body.matches;
  expect(first).toEqual({
    ...{ id: expect.any(String), kind: 'ENDPOINT', name: 'deletePet', description: null },
    ...{ api_id: expect.any(String), method: 'DELETE', path: '/pet' },
    ...{ score: expect.any(Number), tokens: expect.any(Number) },
    reasons: ['name: "remove" (delete), "pet"'],
  });
  expect(data.searchTools.map(({ tool }: { tool: { id: string } }) => tool.id)).toEqual(
    body.matches.map(({ id }: { id: string }) => id),
  );
  expect(data.searchTools[0]).toMatchObject({
    tool: { inputSchema: { type: 'object' }, method: 'DELETE', estimatedTokens: first.tokens },
    reasons: first.reasons,
  });
});

it('keeps to what an agent may call', async () => {
  const { body } = await rest({ q: 'pets', agent_id: 'atlas' });
  expect(body.matches.map(({ name }: { name: string }) => name)).toEqual(['deletePet']);
  const { data } = await graphql(search, { q: 'pets', agent: 'atlas' });
  expect(data.searchTools).toHaveLength(1);
});

it('says how many tokens the tools of an agent take, as its tools add up', async () => {
  const { data } = await graphql(
    '{ agent(id: "atlas") { estimatedTokens tools { nodes { estimatedTokens } } }  nobody: agent(id: "x") { estimatedTokens } }',
  );
  expect(data.agent.estimatedTokens).toBeGreaterThan(0);
  expect(data.agent.tools.nodes).toEqual([{ estimatedTokens: data.agent.estimatedTokens }]);
  expect(data.nobody.estimatedTokens).toBe(0);
});

it('finds local tools where they are asked for', async () => {
  const { body } = await rest({ q: 'send an email', kind: 'local' });
  expect(body.matches[0]).toMatchObject({ name: 'send_email', kind: 'LOCAL' });
});

describe('refuses with a sentence', () => {
  it.each([
    ['no question', {}, /expected a question/],
    ['a limit that is no number', { q: 'pets', limit: 'ten' }, /limit|first/],
    ['a kind that there is not', { q: 'pets', kind: 'sql' }, /kind/],
    ['a question that is too long', { q: 'x'.repeat(2001) }, /2000/],
  ])('%s', async (_, query, message) => {
    const { status, body } = await rest(query);
    expect(status).toBe(422);
    expect(JSON.stringify(body.detail)).toMatch(message);
  });

  it('a question of 10 MB', async () => {
    const answer = await graphql(search, { q: 'pet '.repeat(2_500_000) });
    expect(answer.errors[0].message).toMatch(/\S{3,} .*[.]$|2000/);
    expect(answer.data?.searchTools).toBeUndefined();
  });
});
