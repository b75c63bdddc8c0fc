/** Whose request the tools go into. */
export const exportFormats = [
  'OPENAI_CHAT',
  'OPENAI_RESPONSES',
  'ANTHROPIC',
  'GEMINI',
  'MCP',
] as const;
export type ExportFormat = (typeof exportFormats)[number];

/** What a provider takes, and refuses the whole request for. */
export type FormatRules = {
  provider: string;
  name: { pattern: RegExp; words: string };
  /** Characters; null: no limit is told. */
  maxDescription: number | null;
  needsDescription: boolean;
  /** Tools of one request; null: no limit is told. */
  maxTools: number | null;
  /** Keywords that may not stand at the root of the input schema. */
  notAtRoot: readonly string[];
  /** Names of the arguments; null: any. */
  argumentName: RegExp | null;
  /** An array says what its items are. */
  needsItems: boolean;
  /** The only keywords of JSON Schema that are taken; null: all of 2020-12. */
  keywords: ReadonlySet<string> | null;
  /** Where this is published; an error of the API itself where it is not documented. */
  sources: readonly string[];
};

const openAi: FormatRules = {
  provider: 'OpenAI',
  name: { pattern: /^[A-Za-z0-9_-]{1,64}$/, words: '1 to 64 letters, digits, "_" and "-"' },
  maxDescription: 1024,
  needsDescription: false,
  maxTools: 128,
  notAtRoot: ['oneOf', 'anyOf', 'allOf', 'enum', 'const', 'not', '$ref'],
  argumentName: null,
  needsItems: true,
  keywords: null,
  sources: [
    'API reference, FunctionDefinition: "Must be a-z, A-Z, 0-9, or contain underscores and dashes, with a maximum length of 64"',
    'API reference, chat completions, tools: "A max of 128 functions are supported"; error array_above_max_length',
    'Error string_above_max_length: "Invalid \'tools[0].function.description\': string too long. Expected a string with maximum length 1024"',
    "Error invalid_function_parameters: \"schema must have type 'object' and not have 'oneOf'/'anyOf'/'allOf'/'enum'/'const'/'not' at the top level\"",
    'Error invalid_function_parameters: "array schema missing items"',
  ],
};

/** The rules as they were published in November 2026. Only what makes a request fail: advice is left to who writes tools. */
export const formatRules: Record<ExportFormat, FormatRules> = {
  OPENAI_CHAT: openAi,
  OPENAI_RESPONSES: openAi,
  ANTHROPIC: {
    provider: 'Anthropic',
    name: { pattern: /^[A-Za-z0-9_-]{1,64}$/, words: '1 to 64 letters, digits, "_" and "-"' },
    maxDescription: null,
    needsDescription: false,
    maxTools: null,
    notAtRoot: ['oneOf', 'anyOf', 'allOf', '$ref'],
    argumentName: /^[A-Za-z0-9_.-]{1,64}$/,
    needsItems: false,
    keywords: null,
    sources: [
      'Tool use guide, "Specifying tools": name "Must match the regex ^[a-zA-Z0-9_-]{1,64}$", input_schema is JSON Schema (2020-12)',
      'Error invalid_request_error: "input_schema does not support oneOf, allOf, or anyOf at the top level"',
      'Error invalid_request_error: "input_schema.properties: Property keys should match pattern \'^[a-zA-Z0-9_.-]{1,64}$\'"',
    ],
  },
  GEMINI: {
    provider: 'Gemini',
    name: {
      pattern: /^[A-Za-z_][A-Za-z0-9_.-]{0,63}$/,
      words: 'a letter or "_" first, then up to 63 letters, digits, "_", "." and "-"',
    },
    maxDescription: null,
    needsDescription: true,
    maxTools: 128,
    notAtRoot: ['oneOf', 'anyOf', '$ref'],
    argumentName: null,
    needsItems: false,
    keywords: new Set([
      ...['$id', '$defs', '$ref', '$anchor', 'type', 'format', 'title', 'description', 'enum'],
      ...['items', 'prefixItems', 'minItems', 'maxItems', 'minimum', 'maximum', 'anyOf', 'oneOf'],
      ...['properties', 'additionalProperties', 'required', 'propertyOrdering'],
    ]),
    sources: [
      'FunctionDeclaration: name "Must start with a letter or an underscore. Must be a-z, A-Z, 0-9, or contain underscores, dots and dashes, with a maximum length of 64"; description required (Gemini API); parametersJsonSchema "must describe an object"',
      'GenerationConfig.responseJsonSchema: the properties of JSON Schema that are supported; enum "for strings and numbers"; "Cyclic references … may only be used within non-required properties"; "If $ref is set on a sub-schema, no other properties, except for than those starting as a $, may be set"',
      'Function calling reference, "Limitations": "The maximum number of function declarations that can be provided with the request is 128"',
    ],
  },
  MCP: {
    provider: 'MCP',
    name: {
      pattern: /^[A-Za-z0-9_.-]{1,128}$/,
      words: '1 to 128 letters, digits, "_", "-" and "."',
    },
    maxDescription: null,
    needsDescription: false,
    maxTools: null,
    notAtRoot: [],
    argumentName: null,
    needsItems: false,
    keywords: null,
    sources: [
      'Specification 2025-11-25, server/tools, "Tool Names" and "Tool": inputSchema and outputSchema are JSON Schema (2020-12) with an object at the root',
    ],
  },
};
