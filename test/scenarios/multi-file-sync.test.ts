import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { App } from '../../src/app.js';
import { type SpecServer, startSpecServer } from '../support/spec-server.js';
import { aTestApp } from '../support/test-app.js';

const root = `openapi: 3.1.0
info: { title: Pets, version: "1" }
servers: [{ url: https://api.example.com }]
paths:
  /pets:
    post:
      operationId: addPet
      requestBody:
        content: { application/json: { schema: { $ref: "./pet.yaml" } } }
      responses: { "200": { description: OK } }
`;
const pet = (type: string) => `type: object\nproperties: { age: { type: ${type} } }\n`;

let app: App;
let files: SpecServer;
beforeAll(async () => {
  files = await startSpecServer();
  app = await aTestApp({ env: { EGRESS_ALLOW: '127.0.0.1' } });
});
afterAll(async () => {
  await app[Symbol.asyncDispose]();
  await files[Symbol.asyncDispose]();
});

function caller(swaggerUrl: string) {
  const headers = { 'x-tenantid': randomUUID(), 'x-appid': 'shop' };
  return {
    sync: async (strategy = 'GUARD') => {
      const payload = { swagger_url: swaggerUrl, strategy };
      const answer = await app.server.inject({
        method: 'POST',
        url: '/tools/sync-swagger',
        headers,
        payload,
      });
      return { status: answer.statusCode, body: answer.json() };
    },
  };
}

it('sees that a file changed although the document that refers to it did not', async () => {
  const { sync } = caller(files.serve('/one/root.yaml', root));
  files.serve('/one/pet.yaml', pet('integer'));
  expect((await sync()).body).toMatchObject({ outcome: 'created', endpoints_added: 1 });
  expect((await sync()).body).toMatchObject({ outcome: 'unchanged' });
  files.serve('/one/pet.yaml', pet('string'));
  expect((await sync()).body).toMatchObject({ outcome: 'updated', endpoints_updated: 1 });
});

it('keeps the good catalog while a file cannot be read', async () => {
  const { sync } = caller(files.serve('/two/root.yaml', root));
  files.serve('/two/pet.yaml', pet('integer'));
  await sync();
  files.serve('/two/pet.yaml', { status: 503, body: 'later' });
  const refused = await sync();
  expect(refused.status).toBe(502);
  expect(refused.body.detail).toContain('/two/pet.yaml');
  expect((await sync('FORCE')).body).toMatchObject({
    outcome: 'updated',
    compatibility_score: expect.any(Number),
  });
});
