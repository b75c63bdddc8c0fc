import { print } from 'graphql';
import { createClient } from 'graphql-ws';
import { expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { CatalogChangedDocument } from '../../generated/documents.js';
import { restClient } from '../../support/catalog-clients.js';
import { aTestApp } from '../../support/test-app.js';

it('tells the real client a change as it is made', async () => {
  await using app = await aTestApp();
  const url = await app.server.listen({ port: 0 });
  const client = createClient({
    url: `${url.replace('http', 'ws')}/graphql`,
    webSocketImpl: WebSocket,
    connectionParams: { 'x-tenantId': 'acme', 'x-appId': 'shop' },
  });
  const results = client.iterate({
    query: print(CatalogChangedDocument),
    variables: { after: '0' },
  });
  const rest = restClient(app, 'acme');
  await rest.sync({ openapi: '3.1.0', info: { title: 'T', version: '1' }, paths: {} });
  expect((await results.next()).value).toMatchObject({
    data: { catalogChanged: { revision: '1', kind: 'API_SYNCED' } },
  });
  await client.dispose();
});
