import { gunzipSync } from 'node:zlib';
import { parse, validate } from 'graphql';
import { expect, test } from 'vitest';
import { buildSchema } from '../../src/transports/graphql/build-schema.js';
import { firstTabs } from '../../src/transports/graphql/graphiql/first-tabs.js';
import { aTestApp } from '../support/test-app.js';

const browser = { accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8' };
const tenant = { 'x-tenantid': 'demo' };
const secret = 'a-secret-of-at-least-thirty-two-bytes!';

test('a browser gets a page that nothing can frame, inject a script into, or make ask another host', async () => {
  await using app = await aTestApp();
  const page = await app.server.inject({ url: '/graphql', headers: browser });
  expect(page.statusCode).toBe(200);
  expect(page.headers).toMatchObject({
    'content-type': 'text/html; charset=utf-8',
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    'cache-control': 'no-cache',
  });
  expect(page.headers.vary).toMatch(/accept/);
  const policy = String(page.headers['content-security-policy']);
  expect(policy).toContain("default-src 'none'");
  expect(policy).toContain("script-src 'self';");
  expect(policy).toContain("frame-ancestors 'none'");
  expect(policy).not.toMatch(/https?:|\*/);
  expect(page.body).not.toMatch(/<script(?![^>]* src=)|\son\w+=|https?:/);

  const again = await app.server.inject({
    url: '/graphql',
    headers: { ...browser, 'if-none-match': String(page.headers.etag) },
  });
  expect(again.statusCode).toBe(304);
});

test('the files of the page are there, typed, compressed and kept for good', async () => {
  await using app = await aTestApp();
  const { body } = await app.server.inject({ url: '/graphql', headers: browser });
  const files = [...body.matchAll(/(?:href|src)="(graphql\/graphiql\/[^"]+)"/g)].map(
    ([, file]) => file,
  );
  expect(files).toHaveLength(6);
  const folder = files[0]?.replace(/[^/]+$/, '');
  const workers = ['editor', 'graphql', 'json'].map((name) => `${folder}${name}.worker.js`);
  for (const file of [...files, ...workers]) {
    const plain = await app.server.inject({ url: `/${file}` });
    expect(plain.statusCode, file).toBe(200);
    expect(plain.headers).toMatchObject({
      'content-type': expect.stringMatching(
        /^(text\/(javascript|css); charset=utf-8|image\/svg\+xml)$/,
      ),
      'cache-control': 'public, max-age=31536000, immutable',
      'x-content-type-options': 'nosniff',
    });
    expect(plain.headers['content-encoding']).toBeUndefined();
    const packed = await app.server.inject({
      url: `/${file}`,
      headers: { 'accept-encoding': 'gzip, br' },
    });
    expect(packed.headers['content-encoding']).toBe('gzip');
    expect(gunzipSync(packed.rawPayload).equals(plain.rawPayload)).toBe(true);
  }
});

test.each([
  '/graphql/graphiql/of-another-version/start.js',
  '/graphql/graphiql/of-another-version/..%2f..%2fbundle.json',
])('%s is not there', async (url) => {
  await using app = await aTestApp();
  const answer = await app.server.inject({ url });
  expect(answer.statusCode).toBe(404);
  expect(answer.json().errors[0].extensions.code).toBe('NOT_FOUND');
});

test.each([
  ['application/json'],
  ['application/graphql-response+json, application/json;q=0.9'],
  ['*/*'],
  [browser.accept],
])('a query by GET with accept "%s" is answered, not shown a page', async (accept) => {
  await using app = await aTestApp();
  const answer = await app.server.inject({
    url: '/graphql',
    query: { query: '{ catalogRevision }' },
    headers: { ...tenant, accept, 'apollo-require-preflight': 'true' },
  });
  expect(answer.body).toContain('{"data":{"catalogRevision":"0"}}');
});

test.each([['application/json'], ['*/*'], [undefined]])(
  'a client with accept "%s" and no query gets no page',
  async (accept) => {
    await using app = await aTestApp();
    const headers = accept === undefined ? tenant : { ...tenant, accept };
    const answer = await app.server.inject({ url: '/graphql', headers });
    expect(answer.statusCode).toBe(400);
    expect(answer.headers['content-type']).toMatch(/json/);
  },
);

test('where GraphiQL is off, a browser is answered as any other client, and the files are not there', async () => {
  await using served = await aTestApp();
  const page = await served.server.inject({ url: '/graphql', headers: browser });
  const file = /src="([^"]+)"/.exec(page.body)?.[1];
  await using app = await aTestApp({ env: { GRAPHIQL: 'off' } });
  const answer = await app.server.inject({ url: '/graphql', headers: { ...tenant, ...browser } });
  expect(answer.statusCode).toBe(400);
  expect(answer.headers['content-type']).toMatch(/json/);
  expect((await app.server.inject({ url: `/${file}` })).statusCode).toBe(404);
});

test.each([
  [{}, { 'x-tenantId': 'demo' }],
  [{ DEFAULT_TENANT: 'acme' }, { 'x-tenantId': 'acme' }],
  [{ AUTH_JWT_SECRET: secret }, { Authorization: 'Bearer <token>' }],
])('with the settings %j the headers editor starts with %j', async (env, headers) => {
  await using app = await aTestApp({ env });
  const { body } = await app.server.inject({ url: '/graphql', headers: browser });
  const text = /data-settings="([^"]*)"/.exec(body)?.[1] ?? '';
  const settings = text.replaceAll('&quot;', '"').replaceAll('&lt;', '<').replaceAll('&gt;', '>');
  expect(JSON.parse(settings.replaceAll('&amp;', '&'))).toMatchObject({ headers, tabs: firstTabs });
});

test.each(firstTabs)('the schema takes the first tabs: $query', ({ query }) => {
  expect(validate(buildSchema(), parse(query))).toEqual([]);
});
