import { buildSchema, type GraphQLObjectType, type GraphQLSchema } from 'graphql';

const sdl = `
  enum Size { SMALL LARGE }
  scalar Anything
  interface Named { name: String! friend: Named }
  type Cat implements Named { name: String! friend: Named lives: Int! }
  type Dog implements Named { name: String! friend: Named lives: Int }
  union Pet = Cat | Dog
  input Filter { size: Size = SMALL, limit: Int! = 3, tags: [String!], inner: Filter }
  type Query {
    echo(text: String, number: Int, filter: Filter, size: Size = LARGE, list: [Int!]): String
    required(text: String!): String!
    now: Int
    later: Int
    sum(of: [Int!]!): Int!
    thrown: String
    thrownLater: String
    thrownHard: String!
    returned: String
    nothing: String!
    notAList: [Int]
    badInt: Int
    badInts: [Int]
    hardInts: [Int!]
    hardestInts: [Int!]!
    laterInts: [Int]
    brokenSize: Size
    size: Size
    anything: Anything
    nan: Float
    unset: Anything
    method(add: Int = 1): Int
    row(depth: Int = 0): Row
    hardRow: Row!
    rows: [Row]
    hardRows: [Row!]!
    matrix: [[Int!]!]
    pet(kind: String, isLate: Boolean): Pet
    pets: [Pet]
    named: Named
    date: Anything
  }
  type Row {
    id: ID!
    name: String
    must: String!
    mustLater: String!
    fails: String
    failsLater: String
    computed: Int
    child: Row
    mustChild: Row!
    siblings: [Row!]
    next(by: Int! = 1): Row
  }
  type Mutation { add(n: Int!, isLate: Boolean): Int fail: Int mustFail: Int! all: [Int!]! }
`;

type Parent = { id?: number; must?: string | null };
type Resolvers = Record<string, Record<string, (source: never, args: never) => unknown>>;

const later = <Value>(value: Value) => new Promise<Value>((done) => setImmediate(done, value));
const boom = (message: string) => {
  throw new Error(message);
};

/** Everything that GraphQL lets a schema do and an executor get wrong. Mutations add to a list of their own. */
export function trickySchema(): GraphQLSchema {
  const schema = buildSchema(sdl);
  const added: number[] = [];
  const row = (id: number, rest: object = {}) => ({ id, name: `row ${id}`, must: 'm', ...rest });
  const cat = { kind: 'Cat', name: 'Tom', lives: 9, friend: { kind: 'Dog', name: 'Rex' } };
  const dog = { kind: 'Dog', name: 'Rex', lives: null, friend: cat };
  const resolvers: Resolvers = {
    Query: {
      echo: (_, args) => JSON.stringify(args),
      required: (_, { text }: { text: string }) => text,
      now: () => 1,
      later: () => later(2),
      sum: (_, { of }: { of: number[] }) => of.reduce((one, other) => one + other, 0),
      thrown: () => boom('thrown'),
      thrownLater: async () => boom('thrown later'),
      thrownHard: () => boom('thrown hard'),
      returned: () => new Error('returned'),
      nothing: () => null,
      notAList: () => 'text',
      badInt: () => 'seven',
      badInts: () => [1, 'two', null, new Error('three'), 4],
      hardInts: () => [1, null, 3],
      hardestInts: () => [1, later(null), 3],
      laterInts: () => [later(1), Promise.reject(new Error('second')), 3, later('four')],
      brokenSize: () => 'MEDIUM',
      size: () => 'LARGE',
      anything: () => JSON.parse('{"a":[1,{"b":null}],"then":"a text"}'),
      nan: () => Number.NaN,
      unset: () => undefined,
      row: (_, { depth }: { depth: number }) => row(depth),
      hardRow: () => row(1, { must: null }),
      rows: () =>
        new Set([row(1), null, row(2, { must: null }), later(row(3)), new Error('no row')]),
      hardRows: () => [row(1), row(2, { must: null }), row(3)],
      matrix: () => [[1, 2], [3, null], null, [later(4)]],
      pet: (_, { kind, isLate }: { kind: string | null; isLate: boolean | null }) => {
        const pet = { ...cat, kind };
        return isLate ? later(pet) : pet;
      },
      pets: () => [cat, dog, { kind: 'Fish' }, null, later(cat), { kind: 'Late' }],
      named: () => dog,
      date: () => new Date(0),
    },
    Row: {
      mustLater: ({ must }: Parent) => later(must),
      fails: ({ id }: Parent) => boom(`row ${id} fails`),
      failsLater: async ({ id }: Parent) => boom(`row ${id} fails later`),
      computed: ({ id = 0 }: Parent) => id * 2,
      child: ({ id = 0 }: Parent) => row(id + 10),
      mustChild: ({ id = 0 }: Parent) => later(row(id + 100, { must: id === 2 ? null : 'm' })),
      siblings: ({ id = 0 }: Parent) => [row(id - 1), later(row(id + 1))],
      next: ({ id = 0 }: Parent, { by }: { by: number }) => row(id + by),
    },
    Mutation: {
      add: async (_, { n, isLate }: { n: number; isLate: boolean | null }) => {
        if (isLate) await later(null);
        return added.push(n);
      },
      fail: () => later(null).then(() => boom('a write failed')),
      mustFail: async () => boom('a write failed'),
      all: () => added.slice(),
    },
  };
  for (const [type, fields] of Object.entries(resolvers)) {
    const defined = (schema.getType(type) as GraphQLObjectType).getFields();
    for (const [name, resolve] of Object.entries(fields)) {
      const field = defined[name];
      if (field) field.resolve = (source, args) => resolve(source as never, args as never);
    }
  }
  for (const name of ['Pet', 'Named']) {
    const type = schema.getType(name);
    if (type && 'resolveType' in type) {
      type.resolveType = ({ kind }: { kind: string }) =>
        kind === 'Late' ? later('Dog') : (kind as string | undefined);
    }
  }
  const Cat = schema.getType('Cat') as GraphQLObjectType;
  Cat.isTypeOf = ({ lives }: { lives?: number }) => later(lives === 9);
  return schema;
}

/** What resolvers of the root object find where the schema has none. */
export const trickyRoot = { method: ({ add }: { add: number }) => 41 + add };
