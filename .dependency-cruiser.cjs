const features = [
  'access',
  'openapi',
  'credentials',
  'changes',
  'catalog',
  'local-tools',
  'mcp-servers',
  'agents',
  'calls',
  'skills',
  'proxy',
];
// Rooms that stand side by side at the start of the line; each later one may use all before it.
const firstRow = ['access', 'openapi', 'credentials', 'changes'];
const secondRow = ['catalog', 'local-tools', 'mcp-servers'];
const order = [firstRow, secondRow, ['agents'], ['calls'], ['skills'], ['proxy']];

const room = (names) => `^src/(${names.join('|')})/`;

/** Each row of the line may not reach into a later one. */
const line = order.slice(0, -1).map((row, index) => ({
  name: `features-in-line-${row.join('-')}`,
  severity: 'error',
  comment: 'Features form a line: see "Where things are" in README.md.',
  from: { path: room(row), pathNot: '\\.test\\.ts$' },
  to: { path: room(order.slice(index + 1).flat()) },
}));

module.exports = {
  forbidden: [
    ...line,
    {
      name: 'no-circular',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'lib-is-a-leaf',
      severity: 'error',
      comment: 'lib/ imports nothing from the rest of src but errors.ts.',
      from: { path: '^src/lib/', pathNot: '\\.test\\.ts$' },
      to: { path: '^src/', pathNot: '^src/(lib/|errors\\.ts)' },
    },
    {
      name: 'lib-without-io',
      severity: 'error',
      from: { path: '^src/lib/', pathNot: '\\.test\\.ts$' },
      to: { path: '^(node:)?(fs|net|http|https|child_process|worker_threads|dns|tls)(/|$)' },
    },
    {
      name: 'openapi-is-pure',
      severity: 'error',
      comment: 'openapi/ turns a document into drafts: no IO, no other room but lib.',
      from: { path: '^src/openapi/', pathNot: '\\.test\\.ts$' },
      to: {
        path: '^(src/|(node:)?(fs|net|http|https|child_process|worker_threads|dns|tls)(/|$))',
        pathNot: '^src/(openapi/|lib/|errors\\.ts)',
      },
    },
    {
      name: 'pure-steps-without-storage',
      severity: 'error',
      comment: 'diff-*, match-*, classify-*, redact* and to-* decide; they do not read or write.',
      from: { path: '^src/.*/(diff|match|classify|redact)-[^/]*\\.ts$', pathNot: '\\.test\\.ts$' },
      to: { path: '^src/(storage|upstream|messaging|transports)/' },
    },
    {
      name: 'features-know-no-transport',
      severity: 'error',
      from: { path: room(features) },
      to: {
        path: [
          '^src/transports/',
          'node_modules/(graphql|type-graphql|fastify|@apollo|@as-integrations|@modelcontextprotocol)(/|$)',
        ],
      },
    },
    {
      name: 'storage-and-upstream-are-below',
      severity: 'error',
      comment: 'storage/entities.ts lists every entity; nothing else reaches up.',
      from: {
        path: '^src/(storage|upstream|messaging)/',
        pathNot: ['\\.test\\.ts$', '^src/storage/entities\\.ts$'],
      },
      to: { path: `${room(features)}|^src/transports/` },
    },
    {
      name: 'transports-do-not-meet',
      severity: 'error',
      from: { path: '^src/transports/([^/]+)/', pathNot: '\\.test\\.ts$' },
      to: { path: '^src/transports/[^/]+/', pathNot: '^src/transports/$1/' },
    },
    {
      name: 'not-to-dev-dependencies',
      severity: 'error',
      from: { path: '^src/', pathNot: '\\.test\\.ts$' },
      to: {
        dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'],
        dependencyTypesNot: ['type-only'],
      },
    },
    {
      name: 'not-to-tests',
      severity: 'error',
      from: { path: '^(src|migrations)/', pathNot: '\\.test\\.ts$' },
      to: { path: '^(test|bench)/|\\.test\\.ts$' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
    },
  },
};
