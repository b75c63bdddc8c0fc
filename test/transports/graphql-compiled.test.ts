import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type DocumentNode,
  type ExecutionResult,
  getIntrospectionQuery,
  Kind,
  parse,
  print,
  separateOperations,
} from 'graphql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createExecutor } from '../../src/transports/graphql/compiled/create-executor.js';
import { type GraphqlHarness, openGraphqlHarness } from '../support/graphql-harness.js';
import { type SeededCatalog, seedCatalog } from '../support/seed-catalog.js';
import { trickyRoot, trickySchema } from '../support/tricky-schema.js';

type Variables = Record<string, unknown>;

const cases: [title: string, query: string, variables?: Variables][] = [
  [
    'aliases and merged fields',
    '{ a: now b: now row { id } row { name child { id } child { name } } }',
  ],
  [
    'nested fragments',
    'query { ...A } fragment A on Query { row { ...B } ...A2 } fragment A2 on Query { row { ...B child { ...B } } } fragment B on Row { id computed }',
  ],
  ['inline fragments without a type', '{ ... { now ... { later } } }'],
  ['introspection', getIntrospectionQuery()],
  [
    'a type by its name, and __typename everywhere',
    '{ __typename __type(name: "Row") { name fields { name __typename } } rows { __typename id } }',
  ],
  ['promises beside values', '{ now later laterInts row { computed mustLater } }'],
  [
    'an argument that has a default',
    '{ echo row { a: next { id } b: next(by: 5) { id } } method }',
  ],
  [
    'arguments from variables',
    'query ($t: String, $f: Filter) { echo(text: $t, filter: $f) }',
    { t: 'x', f: { tags: ['a'], inner: {} } },
  ],
  ['a variable that is left out', 'query ($t: String, $s: Size) { echo(text: $t, size: $s) }'],
  ['a variable that is null', 'query ($s: Size) { echo(size: $s) }', { s: null }],
  [
    'variables inside of lists and objects',
    'query ($n: Int!, $l: Int = 9) { sum(of: [$n, 2, $n]) echo(list: [$n], filter: { limit: $l }) }',
    { n: 4 },
  ],
  ['a list from one value', '{ sum(of: 4) echo(list: 7) }'],
  ['a variable of a wrong type', 'query ($n: Int) { echo(number: $n) }', { n: 'seven' }],
  ['an enum value that is none', 'query ($s: Size) { echo(size: $s) }', { s: 'HUGE' }],
  [
    'an input field that nobody knows',
    'query ($f: Filter) { echo(filter: $f) }',
    { f: { limits: 1 } },
  ],
  ['a required variable that is missing', 'query ($t: String!) { required(text: $t) }'],
  [
    'null for a required argument by way of a default',
    'query ($t: String = "x") { now required(text: $t) }',
    { t: null },
  ],
  ['a variable that nobody asked for', '{ now }', { unasked: 1 }],
  ['a null that must not be', '{ now nothing }'],
  ['errors that are thrown, returned and rejected', '{ thrown thrownLater returned now }'],
  ['an error in a field that must be', '{ now thrownHard later }'],
  ['errors in lists', '{ badInts laterInts badInt notAList nan }'],
  ['nulls in lists', '{ hardInts matrix unset }'],
  ['a null in a list that must be whole, later', '{ now hardestInts }'],
  ['non-null fields of rows', '{ rows { id must } }'],
  ['non-null fields of rows, later', '{ rows { id mustLater computed } }'],
  ['a row that must be', '{ later hardRow { id must } }'],
  ['rows that must all be', '{ hardRows { id must } }'],
  ['rows that must all be, later', '{ hardRows { id mustLater failsLater } }'],
  ['a failure at once beside one that comes later', '{ rows { id failsLater must } }'],
  ['a null at once beside one that comes later', '{ rows { id mustLater must } }'],
  ['the same in a row that must be', '{ now hardRow { id mustLater failsLater must } }'],
  [
    'failures at every level',
    '{ rows { id fails failsLater child { fails mustChild { id fails must } } siblings { id fails } } }',
  ],
  [
    'nulls that climb over several levels',
    '{ row(depth: 2) { id mustChild { id must mustChild { id } } } rows { id mustChild { must } } }',
  ],
  ['unions', '{ pets { __typename ... on Cat { name lives } ... on Dog { name } } }'],
  [
    'interfaces',
    '{ named { name friend { name friend { name ... on Dog { lives } } ... on Cat { lives } } } }',
  ],
  [
    'fields that differ in nullability by type',
    '{ pets { ... on Cat { lives } } named { ... on Dog { lives } } }',
  ],
  ['a type that is resolved late', '{ pet(kind: "Late", isLate: true) { ... on Dog { name } } }'],
  ['a type that is none of the union', '{ pet(kind: "Row") { __typename } now }'],
  ['a value without a type', '{ pet { __typename } now }'],
  ['scalars and enums', '{ size brokenSize anything date }'],
  [
    '@skip and @include without variables',
    '{ now @skip(if: true) later @include(if: true) row @include(if: false) { id } }',
  ],
  ...[true, false].flatMap((a): [string, string, Variables][] =>
    [true, false].map((b) => [
      `@skip ${a} and @include ${b} from variables`,
      'query ($a: Boolean!, $b: Boolean = false) { now @skip(if: $a) ...F @include(if: $b) row { id @skip(if: $a) @include(if: $b) name ... @include(if: $b) { computed } } } fragment F on Query { later }',
      { a, b },
    ]),
  ),
  [
    'a condition that is null',
    'query ($a: Boolean = true) { now later @include(if: $a) }',
    { a: null },
  ],
  [
    'a condition that is null, further down',
    'query ($a: Boolean = true) { now row { id name @skip(if: $a) } }',
    { a: null },
  ],
  [
    'more conditions than are compiled',
    `query (${['a', 'b', 'c', 'd', 'e'].map((name) => `$${name}: Boolean = true`).join()}) { ${['a', 'b', 'c', 'd', 'e'].map((name) => `${name}: now @include(if: $${name})`).join(' ')} }`,
  ],
  [
    'a key that objects treat in a way of their own',
    '{ __proto__: now constructor: later toString: size }',
  ],
  ['nothing but what is skipped', '{ row { id @skip(if: true) } }'],
  [
    'mutations in series',
    'mutation { a: add(n: 1, isLate: true) b: add(n: 2) all c: add(n: 3, isLate: true) last: all }',
  ],
  ['a mutation that fails among others', 'mutation { a: add(n: 1) fail b: add(n: 2) all }'],
  ['a mutation that must not fail', 'mutation { a: add(n: 1) mustFail b: add(n: 2) all }'],
  ['an operation that is not named, of two', 'query A { now } query B { later }'],
];

describe('an operation gives the same answer compiled as on graphql-js:', () => {
  it.each(cases)('%s', async (_title, query, variables) => {
    const document = parse(query);
    const [compiled, plain] = await Promise.all([
      answer(document, { isCompiled: true, variables }),
      answer(document, { isCompiled: false, variables }),
    ]);
    expect(compiled).toEqual(plain);
  });

  it('whichever of several is named', async () => {
    const document = parse('query A { now } query B { later }');
    for (const operationName of ['A', 'B', 'C', '']) {
      const asked = { operationName };
      expect(await answer(document, { isCompiled: true, ...asked })).toEqual(
        await answer(document, { isCompiled: false, ...asked }),
      );
    }
  });

  it('when it comes again with other conditions', async () => {
    const document = parse(
      'query ($a: Boolean!) { now @skip(if: $a) row { id @skip(if: $a) name } }',
    );
    const execute = createExecutor(trickySchema(), settings(true));
    const ask = async (a: boolean) =>
      plainly(await execute({ document, contextValue: {}, variableValues: { a } }));
    const whole = { data: { now: 1, row: { id: '0', name: 'row 0' } } };
    const part = { data: { row: { name: 'row 0' } } };
    expect([await ask(true), await ask(false), await ask(true)]).toEqual([part, whole, part]);
  });

  it('when it comes again with other variables', async () => {
    const document = parse('query ($n: Int!) { sum(of: [$n]) row(depth: $n) { id } }');
    const execute = createExecutor(trickySchema(), settings(true));
    const ask = async (n: number) =>
      plainly(await execute({ document, contextValue: {}, variableValues: { n } }));
    expect([await ask(1), await ask(2)]).toEqual([
      { data: { sum: 1, row: { id: '1' } } },
      { data: { sum: 2, row: { id: '2' } } },
    ]);
  });
});

it('leaves out names of the schema from errors where they are to be hidden', async () => {
  const document = parse('query ($s: Size) { echo(size: $s) }');
  const input = { document, contextValue: {}, variableValues: { s: 'LARG' } };
  const messages = async (hideSuggestions: boolean) => {
    const execute = createExecutor(trickySchema(), { isCompiled: true, hideSuggestions });
    return (await execute(input)).errors?.map(({ message }) => message).join();
  };
  expect(await messages(false)).toContain('LARGE');
  expect(await messages(true)).not.toContain('LARGE');
});

type Asked = { isCompiled: boolean; variables?: Variables | undefined; operationName?: string };

function settings(isCompiled: boolean) {
  return { isCompiled, hideSuggestions: false };
}

/** On a schema of its own: mutations count. */
async function answer(document: DocumentNode, { isCompiled, variables, operationName }: Asked) {
  const execute = createExecutor(trickySchema(), settings(isCompiled));
  const input = { document, contextValue: {}, rootValue: trickyRoot, variableValues: variables };
  return plainly(await execute({ ...input, operationName }));
}

/** As sent, errors by their path: which of several promises fails first is nobody's promise. */
function plainly({ data, errors }: ExecutionResult) {
  const told = errors?.map((error) => error.toJSON());
  const byPath = told?.toSorted((a, b) => (String(a.path) < String(b.path) ? -1 : 1));
  return JSON.parse(JSON.stringify({ data, errors: byPath?.map(withoutInspection) }));
}

/** Only the executor's own words for a value that no type takes differ: they tell bugs, which callers never read. */
function withoutInspection({ message, ...rest }: { message: string }) {
  return {
    ...rest,
    message: message.replace(
      /^(?:Expected `|Abstract type|Runtime Object type|Expected value of).*/s,
      'bug',
    ),
  };
}

describe('the operations of the clients', () => {
  let harness: GraphqlHarness;
  let catalog: SeededCatalog;

  beforeAll(async () => {
    harness = await openGraphqlHarness();
    const size = { tenant: 'acme', apis: 3, endpointsPerApi: 4, agents: ['atlas', 'herald'] };
    catalog = await seedCatalog(harness.fork(), size);
  });
  afterAll(() => harness[Symbol.asyncDispose]());

  // A request that asks for traces runs on graphql-js.
  async function ask(query: string, variables: Variables, isTraced: boolean) {
    const reply = await harness.server.inject({
      method: 'POST',
      url: '/graphql',
      headers: {
        ...{ 'x-tenantid': 'acme', 'x-appid': 'shop' },
        ...(isTraced && { 'apollo-federation-include-trace': 'ftv1' }),
      },
      payload: { query, variables },
    });
    const { data, errors, extensions } = reply.json();
    expect(extensions?.ftv1 !== undefined).toBe(isTraced);
    return { status: reply.statusCode, type: reply.headers['content-type'], data, errors };
  }

  it.each(operations())(
    '%s are answered the same both ways, again and again',
    async (name, query) => {
      for (const variables of variablesOf(name, catalog)) {
        const plain = await ask(query, variables, true);
        for (const _ of [1, 2, 3]) expect(await ask(query, variables, false)).toEqual(plain);
      }
    },
  );
});

function operations(): [name: string, query: string][] {
  const folder = join(import.meta.dirname, '../documents');
  const texts = readdirSync(folder).map((file) => readFileSync(join(folder, file), 'utf8'));
  const document = parse(texts.join('\n'));
  return Object.entries(separateOperations(document))
    .filter(([, { definitions }]) =>
      definitions.some(
        (one) => one.kind === Kind.OPERATION_DEFINITION && one.operation !== 'subscription',
      ),
    )
    .map(([name, one]) => [name, print(one)]);
}

/** What every client asks, and what none should: unknown ids, cursors that are none, a variable that is missing. */
function variablesOf(
  name: string,
  { apiIds, endpointIds, parameterIds }: SeededCatalog,
): Variables[] {
  const source = { text: '{"openapi":"3.1.0","info":{"title":"T","version":"1"},"paths":{}}' };
  const nobody = '00000000-0000-4000-8000-000000000000';
  const [apiId, endpointId, parameterId] = [apiIds[0], endpointIds[0], parameterIds[0]];
  const given: Record<string, Variables[]> = {
    AgentTools: [
      { id: 'atlas' },
      { id: 'atlas', first: 2 },
      { id: 'atlas', kind: 'LOCAL' },
      { id: 'x', after: '?' },
    ],
    LocalTools: [{}, { agentType: 'VOICE' }, { agentType: 'NONE' }],
    Api: [{ id: apiId }, { id: nobody }],
    Apis: [{}, { first: 1 }, { first: 5000 }],
    ApiEndpoints: [
      { id: apiId, first: 3 },
      { id: apiId, search: 'get_01' },
      { id: apiId, tag: 'x' },
    ],
    NestedCatalog: [{ first: 3 }],
    Endpoint: [{ id: endpointId }, { id: nobody }],
    PreviewSpec: [{ source }, { source: {} }],
    PlanSync: [{ input: { source, name: 'new' } }],
    CatalogChanges: [{ after: '0' }, { after: 'x' }],
    AssignTools: [{ agentId: 'atlas', endpointIds: [nobody] }],
    UnassignTools: [{ agentId: 'atlas', endpointIds: [nobody] }],
    SyncApi: [{ input: { source: { text: 'none' }, name: 'new' } }],
    UpdateApi: [{ input: { id: nobody, name: 'x' } }],
    DeleteApi: [{ id: nobody }],
    UpdateEndpoint: [{ input: { id: nobody, name: 'x' } }],
    DescribeEndpoint: [{ id: endpointId }],
    Entities: [
      {
        representations: [
          { __typename: 'Api', id: apiId },
          { __typename: 'Endpoint', id: endpointId },
          { __typename: 'Parameter', id: parameterId },
          { __typename: 'Agent', id: 'atlas' },
          { __typename: 'LocalTool', name: 'send_email' },
          { __typename: 'Nothing', id: '1' },
          { __typename: 'Api', id: nobody },
        ],
      },
    ],
  };
  return [...(given[name] ?? [{}]), ...(given[name] ? [{}] : [])];
}
