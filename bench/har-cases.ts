type Json = Record<string, unknown>;

/** One operation to be asked for with arguments, by location and wire name. */
export type HarCase = {
  /** What the case is one of, such as `query form explode`. */
  group: string;
  /** What is sent. */
  value: string;
  method: string;
  path: string;
  /** OpenAPI 3.x, for both. */
  document: Json;
  /** Where it differs: what Toolgraph reads instead, such as the same operation in Swagger 2.0. */
  ownDocument?: Json;
  given: Given;
};

export type Given = Partial<
  Record<'path' | 'query' | 'header' | 'cookie' | 'querystring', Json>
> & {
  body?: unknown;
  /** The media type of the body; the first of the document unless given. */
  contentType?: string;
};

export const server = 'https://api.test/v1';

/** With an answer, so that both have an `Accept` to send. */
const jsonAnswer = { 200: { description: 'OK', content: { 'application/json': {} } } };

export function documentOf(path: string, method: string, operation: Json, extra: Json = {}): Json {
  return {
    openapi: '3.1.0',
    info: { title: 'Differences', version: '1' },
    servers: [{ url: server }],
    paths: { [path]: { [method]: { responses: jsonAnswer, ...operation } } },
    ...extra,
  };
}

/** A value of each kind that OpenAPI's tables of styles have, and of those that they leave open. */
const values: Record<string, unknown> = {
  'empty text': '',
  text: 'blue',
  number: 1.5,
  boolean: false,
  list: ['blue', 'black', 'brown'],
  object: { R: 100, G: 200, B: 150 },
  null: null,
  'empty list': [],
  'list of one': ['blue'],
  'reserved text': "a/b?c#d&e=f+g'h!i*j(k)",
  'text with spaces': 'deep blue sea',
  'text with a percent triple': '100%25',
  'text outside ASCII': 'Grüße',
  'list with reserved': ['a/b', 'c&d'],
  'list with commas': ['a,b', 'c'],
  'list with spaces': ['a b', 'c'],
  'list with pipes': ['a|b', 'c'],
  'list with a null': ['a', null, 'b'],
  'object with reserved': { 'a&b': 'c=d' },
  'object in an object': { a: { b: 1 } },
  'list in an object': { a: ['x', 'y'] },
  'objects in a list': [{ a: 1 }, { a: 2 }],
};

/** The kinds that can stand in a header and in a path without being refused by either. */
const latin = new Set(Object.keys(values).filter((name) => name !== 'text outside ASCII'));

type Place = [where: 'path' | 'query' | 'header' | 'cookie', style: string, explodes: boolean[]];

const places: Place[] = [
  ['path', 'simple', [false, true]],
  ['path', 'label', [false, true]],
  ['path', 'matrix', [false, true]],
  ['query', 'form', [false, true]],
  ['query', 'spaceDelimited', [false]],
  ['query', 'pipeDelimited', [false]],
  ['query', 'deepObject', [true]],
  ['header', 'simple', [false, true]],
  ['cookie', 'form', [false, true]],
  ['cookie', 'cookie', [false, true]],
];

/** Every style, `explode`, place and kind of value, each written out in the document and as its default. */
export function styleCases(): HarCase[] {
  return places.flatMap(([where, style, explodes]) =>
    explodes.flatMap((explode) =>
      Object.entries(values)
        .filter(([name]) => where !== 'header' || latin.has(name))
        .map(([name, value]) => {
          const group = `${where} ${style}${explode ? ' exploded' : ''}`;
          const parameter = { style, explode, schema: schemaOf(value) };
          const extra = style === 'cookie' ? { openapi: '3.2.0' } : {};
          return parameterCase({ group, value: name }, where, parameter, value, extra);
        }),
    ),
  );
}

export function parameterCase(
  label: Pick<HarCase, 'group' | 'value'>,
  where: 'path' | 'query' | 'header' | 'cookie' | 'querystring',
  parameter: Json,
  value: unknown,
  extra: Json = {},
): HarCase {
  const name = typeof parameter.name === 'string' ? parameter.name : 'color';
  const path = where === 'path' ? `/things/{${name}}/parts` : '/things';
  const declared = { name, in: where, ...(where === 'path' && { required: true }), ...parameter };
  return {
    ...label,
    method: 'get',
    path,
    document: documentOf(path, 'get', { parameters: [declared] }, extra),
    given: value === undefined ? {} : { [where]: { [name]: value } },
  };
}

/** A schema that a value fits, with its type: the peer reads lists and objects by it. */
export function schemaOf(value: unknown): Json {
  if (value === null) return { type: ['string', 'null'] };
  if (Array.isArray(value)) return { type: 'array', items: {} };
  if (typeof value === 'object') return { type: 'object', additionalProperties: true };
  return { type: typeof value };
}

const swaggerFormats = {
  csv: { style: 'form', explode: false },
  ssv: { style: 'spaceDelimited', explode: false },
  tsv: { style: 'form', explode: false },
  pipes: { style: 'pipeDelimited', explode: false },
  multi: { style: 'form', explode: true },
};

/** Swagger 2.0, which the peer does not read: it is given the same in OpenAPI 3, as far as that has a word for it. */
export function swaggerCases(): HarCase[] {
  return Object.entries(swaggerFormats).map(([collectionFormat, style]) => {
    const value = ['blue', 'black'];
    const label = { group: `2.0 collectionFormat ${collectionFormat}`, value: 'list' };
    const found = parameterCase(label, 'query', { ...style, schema: schemaOf(value) }, value);
    const declared = { name: 'color', in: 'query', type: 'array', items: { type: 'string' } };
    const operation = {
      responses: { 200: { description: 'OK', schema: {} } },
      produces: ['application/json'],
      parameters: [{ ...declared, collectionFormat }],
    };
    const ownDocument = {
      swagger: '2.0',
      info: { title: 'Differences', version: '1' },
      host: 'api.test',
      basePath: '/v1',
      schemes: ['https'],
      paths: { '/things': { get: operation } },
    };
    return { ...found, ownDocument };
  });
}
