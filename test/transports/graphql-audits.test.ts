import { serverAudits } from 'graphql-http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { App } from '../../src/app.js';
import { aTestApp } from '../support/test-app.js';

let app: App;
let url: string;

beforeAll(async () => {
  app = await aTestApp({ env: { DEFAULT_TENANT: 'acme' } });
  url = `${await app.server.listen({ host: '127.0.0.1', port: 0 })}/graphql`;
});
afterAll(() => app[Symbol.asyncDispose]());

/** The suite of the specification of GraphQL over HTTP, each audit with plain `fetch` and no header of ours. */
const audits = serverAudits({ url: () => url, fetchFn: fetch });

describe('GraphQL over HTTP', () => {
  it('has 61 audits', () => {
    expect(audits).toHaveLength(61);
  });

  it.each(audits.map((audit) => [audit.id, audit.name, audit] as const))(
    '%s: %s',
    async (_id, _name, audit) => {
      expect(await audit.fn()).toMatchObject({ status: 'ok' });
    },
  );
});
