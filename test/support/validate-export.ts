import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';

type Schema = Record<string, unknown>;
type Definition = Record<string, unknown>;
type Validator = (definition: Definition) => string[];

const ajv = addFormats.default(new Ajv2020({ strict: false, validateFormats: false }));

/** What a provider would refuse in a tool, by what it has published and by the errors of its API. Written apart from the export. */
export const validators: Record<string, Validator> = {
  OPENAI_CHAT: (definition) => {
    const inner = definition.function as Definition;
    return [
      ...keysOf(definition, ['type', 'function']),
      ...keysOf(inner, ['name', 'parameters'], ['description']),
      ...(definition.type === 'function' ? [] : ['type is not function']),
      ...openAiFunction(inner),
    ];
  },
  OPENAI_RESPONSES: (definition) => [
    ...keysOf(definition, ['type', 'name', 'parameters', 'strict'], ['description']),
    ...(definition.type === 'function' && definition.strict === false ? [] : ['type or strict']),
    ...openAiFunction(definition),
  ],
  ANTHROPIC: (definition) => {
    const schema = definition.input_schema as Schema;
    const keys = Object.keys((schema.properties as object | undefined) ?? {});
    return [
      ...keysOf(definition, ['name', 'input_schema'], ['description']),
      ...matches(definition.name, /^[a-zA-Z0-9_-]{1,64}$/),
      ...rootOf(schema, ['oneOf', 'allOf', 'anyOf']),
      ...keys.filter((key) => !/^[a-zA-Z0-9_.-]{1,64}$/.test(key)).map((key) => `key ${key}`),
      ...schemaProblems(schema),
    ];
  },
  GEMINI: (definition) => {
    const schema = definition.parametersJsonSchema as Schema;
    return [
      ...keysOf(definition, ['name', 'description', 'parametersJsonSchema']),
      ...matches(definition.name, /^[a-zA-Z_][a-zA-Z0-9_.-]{0,63}$/),
      ...rootOf(schema, []),
      ...schemaProblems(schema),
      ...geminiProblems(schema),
    ];
  },
  MCP: (definition) => [
    ...matches(definition.name, /^[A-Za-z0-9_.-]{1,128}$/),
    ...rootOf(definition.inputSchema as Schema, []),
    ...schemaProblems(definition.inputSchema as Schema),
    ...(definition.outputSchema ? rootOf(definition.outputSchema as Schema, []) : []),
  ],
};

function openAiFunction({ name, description, parameters }: Definition): string[] {
  const schema = parameters as Schema;
  return [
    ...matches(name, /^[a-zA-Z0-9_-]{1,64}$/),
    ...(typeof description === 'string' && description.length > 1024 ? ['description'] : []),
    ...rootOf(schema, ['oneOf', 'anyOf', 'allOf', 'enum', 'const', 'not']),
    ...schemaProblems(schema),
    ...everySchema(schema).flatMap((one) =>
      [one.type].flat().includes('array') && one.items === undefined ? ['array without items'] : [],
    ),
  ];
}

const geminiKeywords =
  '$id $defs $ref $anchor type format title description enum items prefixItems minItems maxItems minimum maximum anyOf oneOf properties additionalProperties required propertyOrdering'.split(
    ' ',
  );

function geminiProblems(root: Schema): string[] {
  const defs = (root.$defs ?? {}) as Record<string, Schema>;
  const problems = everySchema(root).flatMap((schema) => {
    const keys = Object.keys(schema);
    const found = keys.filter((key) => !geminiKeywords.includes(key));
    if (keys.includes('$ref') && keys.some((key) => !key.startsWith('$')))
      found.push('$ref beside');
    const values = (schema.enum as unknown[] | undefined) ?? [];
    if (values.some((value) => !['string', 'number'].includes(typeof value))) found.push('enum');
    return found;
  });
  for (const name of Object.keys(defs)) {
    if (isEndless(name, defs, new Set())) problems.push(`endless ${name}`);
  }
  return problems;
}

/** Whether a value needs another of its kind without end. */
function isEndless(
  name: string,
  defs: Record<string, Schema>,
  above: ReadonlySet<string>,
): boolean {
  if (above.has(name)) return true;
  const needed = (schema: unknown): string[] => {
    if (typeof schema !== 'object' || schema === null) return [];
    if (Array.isArray(schema)) return schema.flatMap(needed);
    const { $ref, properties = {}, required = [], ...others } = schema as Schema;
    const own = typeof $ref === 'string' ? [$ref.split('/').at(-1) ?? ''] : [];
    const names = required as string[];
    const kept = Object.entries(properties as object).filter(([key]) => names.includes(key));
    const { enum: _, title: __, description: ___, ...rest } = others;
    return [
      ...own,
      ...kept.flatMap(([, one]) => needed(one)),
      ...Object.values(rest).flatMap(needed),
    ];
  };
  const below = new Set([...above, name]);
  return [...new Set(needed(defs[name]))].some((next) => isEndless(next, defs, below));
}

function schemaProblems(schema: Schema): string[] {
  const problems = ajv.validateSchema(schema) ? [] : [ajv.errorsText(ajv.errors)];
  const names = Object.keys((schema.$defs as object | undefined) ?? {});
  for (const { $ref } of everySchema(schema)) {
    if ($ref === undefined) continue;
    const name = decodeURIComponent(String($ref).replace('#/$defs/', ''))
      .replaceAll('~1', '/')
      .replaceAll('~0', '~');
    if (!names.includes(name)) problems.push(`$ref ${$ref} leads nowhere`);
  }
  return problems;
}

const lists = ['allOf', 'anyOf', 'oneOf', 'prefixItems'];
const maps = ['properties', 'patternProperties', '$defs', 'dependentSchemas'];
const singles = [
  'items',
  'additionalProperties',
  'not',
  'if',
  'then',
  'else',
  'contains',
  'propertyNames',
  'unevaluatedProperties',
  'unevaluatedItems',
  'contentSchema',
];

function everySchema(root: unknown): Schema[] {
  if (typeof root !== 'object' || root === null) return [];
  const schema = root as Schema;
  const below = [
    ...lists.flatMap((key) => (schema[key] as unknown[] | undefined) ?? []),
    ...maps.flatMap((key) => Object.values((schema[key] as object | undefined) ?? {})),
    ...singles.map((key) => schema[key]),
  ];
  return [schema, ...below.flatMap(everySchema)];
}

function rootOf(schema: Schema | undefined, banned: readonly string[]): string[] {
  const found = banned.filter((key) => Object.hasOwn(schema ?? {}, key));
  return schema?.type === 'object' ? found : [...found, 'the root is no object'];
}

function keysOf(
  of: Definition,
  needed: readonly string[],
  optional: readonly string[] = [],
): string[] {
  const keys = Object.keys(of);
  return [
    ...needed.filter((key) => of[key] === undefined).map((key) => `${key} is missing`),
    ...keys
      .filter((key) => ![...needed, ...optional].includes(key))
      .map((key) => `${key} is unknown`),
  ];
}

function matches(name: unknown, pattern: RegExp): string[] {
  return pattern.test(String(name)) ? [] : [`name ${name}`];
}
