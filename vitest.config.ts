import { fileURLToPath } from 'node:url';
import { configDefaults, defineConfig } from 'vitest/config';

// They use no database, or start servers of their own: the same whatever TEST_DATABASE says.
const alikeOnBoth = [
  'src/**',
  'test/{access,browser,replicas,upstream,worker}/**',
  'test/{corpus,corpus-calls,hostile-documents,readme}.test.ts',
  'test/export/export-corpus.test.ts',
  'test/messaging/{memory,redis,redis-faults}.test.ts',
  'test/calls/journal-outage.test.ts',
];

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
    include: ['src/**/*.test.ts', 'test/**/*.test.ts'],
    exclude: [
      ...configDefaults.exclude,
      ...(process.env.TEST_DATABASE === 'postgres' ? alikeOnBoth : []),
    ],
    globalSetup: ['test/support/global-setup.ts'],
    server: { deps: { inline: [/type-graphql/, /@apollo/, /graphql-scalars/] } },
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // One more than the cores of a small machine: a third of the time tests wait for processes and timers.
    maxWorkers: 3,
  },
});
