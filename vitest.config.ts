import { fileURLToPath } from 'node:url';
import { configDefaults, defineConfig } from 'vitest/config';

// They use no database, start servers of their own, or are about a protocol: the same whatever TEST_DATABASE says.
const alikeOnBoth = [
  'test/{access,browser,replicas,supergraph,upstream,worker}/**',
  'test/{corpus,corpus-calls,federation,hostile-documents,readme,schema}.test.ts',
  'test/messaging/{memory,redis,redis-faults}.test.ts',
  'test/calls/journal-outage.test.ts',
  'test/export/export-corpus.test.ts',
  'test/transports/ati/**',
  'test/transports/{graphiql,rest-openapi,rest-protocol}.test.ts',
  'test/transports/graphql-{audits,callback,compiled,http,limits}.test.ts',
  'test/transports/worker/{catalog,catalog-redis,health,places,policy-watch,stop,traces}.test.ts',
];
const isOnPostgres = process.env.TEST_DATABASE === 'postgres';

const units = { name: 'units', include: ['src/**/*.test.ts'], isolate: false };
const app = {
  name: 'app',
  include: ['test/**/*.test.ts'],
  exclude: [...configDefaults.exclude, ...(isOnPostgres ? alikeOnBoth : [])],
  globalSetup: ['test/support/global-setup.ts'],
};

export default defineConfig({
  resolve: {
    alias: [
      // Some packages import graphql as ESM and others require it: two copies refuse each other's types.
      {
        find: /^graphql$/,
        replacement: fileURLToPath(new URL('node_modules/graphql/index.js', import.meta.url)),
      },
    ],
  },
  test: {
    server: { deps: { inline: [/type-graphql/, /@apollo/, /graphql-scalars/] } },
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // One more than the cores of a small machine: a third of the time tests wait for processes and timers.
    maxWorkers: 3,
    projects: (isOnPostgres ? [app] : [units, app]).map((test) => ({ extends: true, test })),
  },
});
