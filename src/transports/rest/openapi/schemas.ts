import type { SchemaObject } from 'openapi3-ts/oas31';
import { callOutcomes } from '../../../calls/call-types.js';
import { toolGrades } from '../../../catalog/grade-tool-change.js';
import { operationChangeKinds } from '../../../catalog/plan-changes.js';
import {
  ApiNameInput,
  BaseUrlInput,
  HeadersInput,
  syncOutcomes,
  syncStrategies,
} from '../../../catalog/sync-input.js';
import { agentTypes } from '../../../local-tools/local-tool.entity.js';
import { parameterLocations, problemSeverities } from '../../../openapi/types.js';
import { exportSchemas } from './export-schemas.js';
import { mcpSchemas } from './mcp-schemas.js';
import {
  count,
  flag,
  fromZod,
  id,
  jsonSchema,
  jsonSchemaOrNull,
  listOf,
  names,
  object,
  ref,
  text,
  textOrNull,
  texts,
  toolSchemas,
} from './schema-parts.js';
import { skillSchemas } from './skill-paths.js';
import { submittedCallSchemas } from './submitted-call-paths.js';

const revision: SchemaObject = {
  type: 'string',
  pattern: '^[0-9]+$',
  description: "The tenant's catalog revision, a gapless counter, as a decimal string.",
};
const contentHash: SchemaObject = {
  type: 'string',
  pattern: '^[0-9a-f]{64}$',
  description: 'SHA-256 of the document as received.',
};
const score: SchemaObject = {
  type: 'integer',
  minimum: 0,
  maximum: 100,
  description: '100 = every operation is callable without a degradation.',
};

const draftParameter = {
  name: text('The name on the wire.'),
  argument: text('The property of input_schema that carries it.'),
  type: text('JSON type, or "any".'),
  location: names(parameterLocations, 'Where it goes in the request.'),
  required: flag('The operation cannot be called without it.'),
  in_path: flag('location is "path".'),
  in_query: flag('location is "query".'),
  in_body: flag('location is "body".'),
  default_value: textOrNull('The default, as text.'),
  description: textOrNull('For people and models.'),
  schema: jsonSchema('JSON Schema 2020-12.'),
};

const tool = {
  name: text('The name of the tool: letters, digits, "_" and "-", at most 64.'),
  method: text('HTTP method, upper case.'),
  path: text('Path template of the operation.'),
  description: textOrNull('For people and models.'),
};

const endpoint = {
  id: id('Stays the same while the operation exists.'),
  api_id: id('The API that it belongs to.'),
  ...tool,
  expose_as: jsonSchemaOrNull('Hints such as readOnlyHint and destructiveHint.'),
  enabled: flag('A disabled endpoint is in no agent’s view.'),
  operation_id: textOrNull('operationId of the document.'),
  tags: texts('Tags of the operation.'),
  deprecated: flag('The document calls it deprecated.'),
  ...toolSchemas,
};

const detail = text('What went wrong, as a sentence.');
const agents = texts('Ids of agents.');
const changes = listOf(ref('OperationChange'));
const validationDetail = listOf(
  object({
    loc: listOf(
      { type: ['string', 'integer'] },
      'Where: body, query, path or header, then the way down.',
    ),
    msg: text('What is wrong, as a sentence.'),
    type: text('A code for programs.'),
  }),
);

export const syncSettings: Record<string, SchemaObject> = {
  name: fromZod(ApiNameInput, 'Human-readable name. Default: the title of the document.'),
  base_url: fromZod(BaseUrlInput, 'Where calls go. Default: the first server of the document.'),
  strategy: {
    type: 'string',
    enum: syncStrategies.map((name) => name.toLowerCase()),
    default: 'guard',
    description:
      'What happens when assigned endpoints would change. guard: refuse (409). safe: apply what breaks nobody, else refuse. force: apply. Any case.',
  },
};

export const headersSetting = fromZod(
  HeadersInput,
  'Headers for calls, e.g. authorization. Stored encrypted and never shown again.',
);

export const schemas: Record<string, SchemaObject> = {
  Error: object({ detail }),
  InternalError: object({ detail, request_id: text('Names the failure in the log.') }),
  ValidationError: object({ detail: validationDetail }),
  DocumentError: {
    ...object({ detail: validationDetail }),
    properties: { detail: validationDetail, problems: listOf(ref('SpecProblem')) },
  },
  SyncConflict: object({ detail, agents, changes }),
  SpecProblem: object({
    code: text('A code for programs.'),
    message: text('What is wrong, as a sentence.'),
    pointer: text('JSON pointer (RFC 6901) into the document.'),
    line: { type: ['integer', 'null'], description: 'Line of the text, from 1.' },
    severity: names(problemSeverities, 'An error keeps something from being used.'),
  }),
  SkippedOperation: object({
    method: text('HTTP method.'),
    path: text('Path template.'),
    reason: text('A code for programs.'),
    message: text('Why there is no tool for it, as a sentence.'),
    pointer: text('JSON pointer of the operation.'),
  }),
  ScoreDeduction: object({
    code: text('The code of the problems that it stands for.'),
    message: text('Why points are off.'),
    points: { type: 'number', description: 'Points off.' },
    pointer: text('JSON pointer of one of the problems.'),
  }),
  OperationChange: object({
    kind: names(operationChangeKinds, 'What happens to the operation.'),
    method: text('HTTP method.'),
    path: text('Path template.'),
    name: text('Name of the tool.'),
    breaking: flag('An agent that knows the tool as it is may fail with it as it will be.'),
    grade: names(toolGrades, 'How much the change asks of those who use the tool.'),
    reasons: texts('Why it is suspicious or breaking, or what changed.'),
    agents,
  }),
  Sync: object({
    api_id: id('The API.'),
    name: text('Its name.'),
    outcome: names(syncOutcomes, 'unchanged: nothing was written.'),
    endpoints_added: count('New endpoints.'),
    endpoints_updated: count('Endpoints that changed.'),
    endpoints_removed: count('Endpoints that are gone.'),
    content_hash: contentHash,
    compatibility_score: score,
    warnings: listOf(ref('SpecProblem')),
    skipped_operations: listOf(ref('SkippedOperation')),
    revision,
  }),
  SyncPlan: object({
    outcome: names(syncOutcomes, 'What a sync would do.'),
    blocked: flag('The strategy would refuse the sync.'),
    changes,
    agents,
  }),
  Preview: object({
    valid: flag('False when nothing can be read from the document; warnings say why.'),
    spec_version: textOrNull('As written in the document.'),
    title: textOrNull('Title of the document.'),
    tools_preview: listOf(ref('ToolPreview')),
    warnings: listOf(ref('SpecProblem')),
    skipped_operations: listOf(ref('SkippedOperation')),
    compatibility_score: score,
    deductions: listOf(ref('ScoreDeduction')),
  }),
  ToolPreview: object({
    ...tool,
    tags: texts('Tags of the operation.'),
    deprecated: flag('The document calls it deprecated.'),
    parameters: listOf(object(draftParameter)),
    ...toolSchemas,
  }),
  Api: object({
    id: id('Stays the same as long as the API exists.'),
    tenant_id: text('The tenant.'),
    app_id: text('The application.'),
    name: text('Human-readable name.'),
    title: textOrNull('Title of the document.'),
    base_url: text('Where calls go.'),
    swagger_url: textOrNull('Where the document was last fetched from.'),
    header_names: texts('Names of the stored headers; their values are write-only.'),
    content_hash: contentHash,
    spec_version: text('Version of OpenAPI or Swagger.'),
    compatibility_score: score,
    endpoint_count: count('How many endpoints it has.'),
    deductions: listOf(ref('ScoreDeduction')),
    warnings: listOf(ref('SpecProblem')),
    skipped_operations: listOf(ref('SkippedOperation')),
    created_at: { type: 'string', format: 'date-time' },
    synced_at: { type: 'string', format: 'date-time' },
  }),
  Parameter: object({
    id: id('The parameter.'),
    endpoint_id: id('The endpoint.'),
    ...draftParameter,
  }),
  Endpoint: object(endpoint),
  EndpointWithParameters: object({ ...endpoint, parameters: listOf(ref('Parameter')) }),
  AgentTool: object({
    id: id('The endpoint.'),
    ...tool,
    base_url: text('Where calls go.'),
    api_id: id('The API.'),
    api_name: text('Its name.'),
    enabled: flag('Always true here.'),
    tags: endpoint.tags,
    deprecated: endpoint.deprecated,
    expose_as: endpoint.expose_as,
    parameters: listOf(ref('Parameter')),
    ...toolSchemas,
  }),
  AgentTools: object({
    agent_id: text('The agent.'),
    revision,
    tools: listOf(ref('AgentTool')),
    mcp_tools: texts(
      'Names of assigned MCP tools, offered now or not: `tool`, or `server/tool` where two servers share it.',
    ),
  }),
  Assigned: object({
    agent_id: text('The agent.'),
    assigned: count('How many of the ids are new.'),
    tool_count: count('How many tools the agent has now.'),
    revision,
  }),
  AssignedMcpTools: object({
    agent_id: text('The agent.'),
    tools: texts('Names of its MCP tools: `tool`, or `server/tool` where two servers share it.'),
    revision,
  }),
  Unassigned: object({
    agent_id: text('The agent.'),
    unassigned: count('How many the agent had.'),
    tool_count: count('How many tools the agent has now.'),
    revision,
  }),
  ToolCount: object({ agent_id: text('The agent.'), count: count('Its tools.') }),
  ToolCounts: object({
    counts: {
      type: 'object',
      additionalProperties: { type: 'integer' },
      description: 'Tools by agent id; agents without any are left out.',
    },
  }),
  Call: object({
    call_id: id('The call, in the record of calls.'),
    outcome: {
      type: 'string',
      enum: [...callOutcomes],
      description:
        'DENIED: the address may not be reached. FAILED: an answer with 400 or above, an error, or none. INDETERMINATE: sent, and no answer came.',
    },
    status: { type: ['integer', 'null'], description: 'HTTP status of the upstream.' },
    result: {
      description:
        'The answer. Of an endpoint: JSON as it is, text as a string, binary as {mediaType, base64}, nothing as null. Of a tool of an MCP server: {content, structuredContent, isError} as the server sent it.',
    },
    error: {
      type: ['object', 'null'],
      properties: {
        code: text('A code for programs.'),
        message: text('What went wrong, as a sentence.'),
        details: { type: 'object', description: 'More for programs.' },
      },
      required: ['code', 'message'],
      description: 'null when the outcome is ok.',
    },
    duration_ms: count('Milliseconds that the upstream took.'),
    request: {
      type: ['object', 'null'],
      properties: {
        method: text('HTTP method.'),
        url: text('Absolute, secrets redacted.'),
        headers: { type: 'object', additionalProperties: { type: 'string' } },
        body: textOrNull('As text, or what it is.'),
        curl: text('A command that sends the same.'),
      },
      required: ['method', 'url', 'headers', 'body', 'curl'],
      description: 'What was sent.',
    },
    replayed: flag('The answer of an equal call with the same idempotency key.'),
  }),
  ...skillSchemas,
  ...exportSchemas,
  ...submittedCallSchemas,
  ...mcpSchemas,
  LocalTool: object({
    id: id('The tool.'),
    name: text('Programmatic name.'),
    display_name: text('Name for people.'),
    description: textOrNull('For models.'),
    category: text('Kind of work.'),
    agent_types: listOf({ type: 'string', enum: [...agentTypes] }, 'Agents that it suits.'),
    input_schema: toolSchemas.input_schema,
    is_active: flag('Always true here.'),
  }),
};
