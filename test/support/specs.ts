import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import type { ParseLimits } from '../../src/openapi/limits.js';
import { type ParseInput, type ParseResult, parseSpec } from '../../src/openapi/parse-spec.js';
import type { JsonSchema, ToolDraft } from '../../src/openapi/types.js';

type Json = Record<string, unknown>;

/** An OpenAPI document that says no more than the point of a test; 3.1.0 unless `extra` says otherwise. */
export function anOpenApi(paths: Json, extra: Json = {}): Json {
  return {
    openapi: '3.1.0',
    info: { title: 'Test', version: '1' },
    servers: [{ url: 'https://api.example.com' }],
    paths,
    ...extra,
  };
}

/** The same for Swagger 2.0. */
export function aSwagger(paths: Json, extra: Json = {}): Json {
  return {
    swagger: '2.0',
    info: { title: 'Test', version: '1' },
    host: 'api.example.com',
    paths,
    ...extra,
  };
}

/** A document with one operation, `POST /things`, that takes a JSON body of this schema. */
export function withBody(schema: unknown, extra: Json = {}): Json {
  const requestBody = { required: true, content: { 'application/json': { schema } } };
  return anOpenApi({ '/things': { post: { operationId: 'make', requestBody } } }, extra);
}

/** A document with one operation, `GET /things`, that answers with JSON of this schema. */
export function withAnswer(schema: unknown, extra: Json = {}): Json {
  const responses = { 200: { description: 'OK', content: { 'application/json': { schema } } } };
  return anOpenApi({ '/things': { get: { operationId: 'list', responses } } }, extra);
}

export function parse(
  document: unknown,
  input: Partial<ParseInput> = {},
  limits: Partial<ParseLimits> = {},
): ParseResult {
  const body = typeof document === 'string' ? document : JSON.stringify(document);
  return parseSpec({ body, url: null, ...input }, limits);
}

/** The only draft of a document. */
export function onlyDraft(document: unknown, input: Partial<ParseInput> = {}): ToolDraft {
  const { drafts, problems } = parse(document, input);
  const [draft] = drafts;
  if (!draft || drafts.length > 1) {
    throw new Error(`${drafts.length} drafts; ${problems.map(({ message }) => message).join(' ')}`);
  }
  return draft;
}

export function propertiesOf(schema: JsonSchema): Record<string, JsonSchema> {
  return (schema.properties ?? {}) as Record<string, JsonSchema>;
}

export function codesOf({ problems }: ParseResult): string[] {
  return problems.map(({ code }) => code);
}

/** A validator of a schema under JSON Schema 2020-12, made with and without known formats; throws where it does not compile. */
export function validatorOf(schema: JsonSchema): (value: unknown) => boolean {
  new Ajv2020({ strict: false, logger: false, validateFormats: false }).compile(schema);
  const ajv = new Ajv2020({ strict: false, logger: false });
  addFormats.default(ajv);
  const validate = ajv.compile(schema);
  return (value) => validate(value) === true;
}
