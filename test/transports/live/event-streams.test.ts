import { print } from 'graphql';
import { createClient } from 'graphql-sse';
import { expect, it } from 'vitest';
import { CatalogChangedDocument } from '../../generated/documents.js';
import { aLiveApp } from './live-app.js';

const query = print(CatalogChangedDocument);

it('tells the real client missed and live changes', async () => {
  await using live = await aLiveApp();
  const client = createClient({ url: live.url, headers: { 'x-tenantId': 'acme' } });
  await live.write();
  const results = client.iterate({ query, variables: { after: '0' } });
  expect((await results.next()).value).toMatchObject({
    data: { catalogChanged: { revision: '1' } },
  });
  await live.write();
  expect((await results.next()).value).toMatchObject({
    data: { catalogChanged: { revision: '2' } },
  });
  client.dispose();
});
