/** A JSON Schema 2020-12 object, as plain data. */
export type JsonSchema = Record<string, unknown>;

export const problemSeverities = ['ERROR', 'WARNING', 'INFO'] as const;
export type ProblemSeverity = (typeof problemSeverities)[number];

/**
 * One finding about a document. `pointer` is a JSON pointer (RFC 6901) into the document that the problem stands in
 * (prefixed with `url#` when that is not the root document); `line` is 1-based and only known for text input.
 */
export type SpecProblem = {
  code: string;
  message: string;
  pointer: string;
  severity: ProblemSeverity;
  line: number | null;
};

/** An operation that did not become a tool, and why. */
export type SkippedOperation = {
  method: string;
  path: string;
  reason: string;
  message: string;
  pointer: string;
};

/** Points taken off 100, each tied to the problems of one code. The sum of all `points` is 100 − score. */
export type ScoreDeduction = { code: string; message: string; points: number; pointer: string };

export const parameterLocations = ['PATH', 'QUERY', 'HEADER', 'COOKIE', 'BODY'] as const;
export type ParameterLocation = (typeof parameterLocations)[number];

/** One input as a person sees it: a parameter, or a property of an object body. */
export type ParameterDraft = {
  /** The name on the wire. */
  name: string;
  /** The property of the tool's input schema that carries it. */
  argument: string;
  /** JSON type: `string`, `integer`, `number`, `boolean`, `array`, `object`, or `any`. */
  type: string;
  location: ParameterLocation;
  required: boolean;
  defaultValue: string | null;
  description: string | null;
  /** Self-contained: where the input schema refers to a definition, this only names it. */
  schema: JsonSchema;
};

/** A server as OpenAPI gives it; `url` may hold `{variables}` and is absolute wherever the document's own URL allows. */
export type ServerPlan = {
  url: string;
  variables: Record<string, { default: string; enum?: string[]; description?: string }>;
};

export type ParameterStyle =
  | 'simple'
  | 'label'
  | 'matrix'
  | 'form'
  | 'spaceDelimited'
  | 'pipeDelimited'
  | 'deepObject'
  /** Swagger 2.0 `collectionFormat: tsv`. */
  | 'tabDelimited'
  /** OpenAPI 3.2: as `form`, joined by `; ` and not percent-encoded. */
  | 'cookie';

/** How one argument goes onto the wire (OpenAPI "Parameter Object"; 2.0 `collectionFormat` is mapped onto styles). */
export type ParameterPlan = {
  argument: string;
  name: string;
  in: 'path' | 'query' | 'header' | 'cookie' | 'querystring';
  required: boolean;
  style: ParameterStyle;
  explode: boolean;
  allowReserved: boolean;
  /** Set for a parameter described by `content`: the value is serialised in this media type. */
  contentType: string | null;
  default?: unknown;
};

export type BodyKind = 'json' | 'form' | 'multipart' | 'binary' | 'text';

/** A header of a part whose value the document fixes; `contentType` as for parameters. */
export type PartHeaderPlan = {
  name: string;
  value: unknown;
  explode: boolean;
  contentType: string | null;
};

/** OpenAPI "Encoding Object", for one property of a form or multipart body. */
export type EncodingPlan = {
  contentType?: string;
  style?: ParameterStyle;
  explode?: boolean;
  allowReserved?: boolean;
  /** Of each part, in a multipart body. */
  headers?: PartHeaderPlan[];
};

/** How an item of a list is sent as a part: one that is a file is base64 or a data URI. */
export type PositionPlan = EncodingPlan & { isFile?: boolean };

export type BodyVariant = {
  mediaType: string;
  kind: BodyKind;
  /** Per property of the body, by wire name. */
  encoding: Record<string, EncodingPlan>;
  /** Properties (by wire name) that carry file content as base64 or a data URI. */
  files: string[];
  /** Where a multipart body is a list: how its first items are sent, and all others (OpenAPI 3.2 "Encoding By Position"). */
  positions?: { first: PositionPlan[]; others: PositionPlan };
};

/**
 * How a request body is made. Either `argument` names the one input that is the whole body, or `fields` lists the
 * inputs that are properties of an object body. `contentTypeArgument` selects among several variants; the first is the default.
 */
export type BodyPlan = {
  required: boolean;
  argument: string | null;
  fields: { argument: string; name: string }[] | null;
  contentTypeArgument: string | null;
  variants: BodyVariant[];
};

/** Everything needed to turn arguments into an HTTP request. Stored with the endpoint. */
export const effectHints = [
  'readOnlyHint',
  'destructiveHint',
  'idempotentHint',
  'openWorldHint',
] as const;
/** What an operation does to its surroundings, in the words of MCP's ToolAnnotations. */
export type EffectHints = { [Hint in (typeof effectHints)[number]]?: boolean };

export type OperationPlan = {
  servers: ServerPlan[];
  parameters: ParameterPlan[];
  body: BodyPlan | null;
  /** Media types of the responses, for `Accept`. */
  accept: string[];
  /** Alternatives (OR) of scheme name → scopes (AND). `[]` = no authentication; an empty object among them = optional. */
  security: Record<string, string[]>[];
  /** Where the document says more of the operation's effects than its method does. */
  hints?: EffectHints;
};

/** One operation, ready to become a tool. */
export type ToolDraft = {
  /** Safe (`^[A-Za-z0-9_-]{1,64}$`), unique in the document, independent of the order of operations. */
  name: string;
  /** As written in the document; null where missing, empty, or used by more than one operation. */
  operationId: string | null;
  /** Upper case. */
  method: string;
  path: string;
  /** JSON pointer of the operation. */
  pointer: string;
  summary: string | null;
  /** What an agent reads: the summary, then the description where that says more. */
  description: string | null;
  tags: string[];
  deprecated: boolean;
  readOnly: boolean;
  parameters: ParameterDraft[];
  inputSchema: JsonSchema;
  /** Schema of the first success response that has one, under the same rules as `inputSchema` (its root may be any type). */
  outputSchema: JsonSchema | null;
  plan: OperationPlan;
};

/** What a document says of itself and of its operations. Parsing never throws on bad data: see `problems`. */
export type ParsedSpec = {
  /** False when nothing can be read from the document at all: no drafts, and at least one ERROR problem. */
  valid: boolean;
  /** `2.0`, `3.0.3`, … as written; null when the document does not say. */
  specVersion: string | null;
  title: string | null;
  servers: ServerPlan[];
  /** By name; OpenAPI 3 Security Scheme Objects (2.0 schemes are converted). */
  securitySchemes: Record<string, Record<string, unknown>>;
  drafts: ToolDraft[];
  skipped: SkippedOperation[];
  problems: SpecProblem[];
  compatibilityScore: number;
  deductions: ScoreDeduction[];
};

/** A draft whose schemas are JSON text: it crosses from the parser thread to the database without being parsed again. */
export type SerializedDraft = Omit<
  ToolDraft,
  'inputSchema' | 'outputSchema' | 'plan' | 'parameters'
> & {
  inputSchema: string;
  outputSchema: string | null;
  plan: string;
  parameters: (Omit<ParameterDraft, 'schema'> & { schema: string })[];
  /** SHA-256, hex, of all that the document says of the operation. Equal hashes = nothing to write. */
  contractHash: string;
};
