import type { EffectHints, JsonSchema } from '../../openapi/types.js';

/** A tool as agents' views have it: an endpoint has a `method`, a tool of an MCP server its own annotations. */
export type ListedTool = {
  kind: string;
  name: string;
  description?: string | null | undefined;
  summary?: string | null | undefined;
  title?: string | null | undefined;
  displayName?: string | null | undefined;
  method?: string;
  /** Of an endpoint whose document says more than its method. */
  hints?: EffectHints | null;
  inputSchema: JsonSchema;
  outputSchema?: JsonSchema | null;
  annotations?: Record<string, unknown> | null;
};

/** Marks a tool that the agent executes itself. */
const executedByKey = 'toolgraph/executedBy';

/** Tool of the MCP schema, 2025-11-25. */
export function toMcpTool(tool: ListedTool): Record<string, unknown> {
  const { name, description, inputSchema, outputSchema, kind } = tool;
  const title = tool.title || tool.summary || tool.displayName;
  return {
    name,
    ...(title ? { title } : {}),
    ...(description || title ? { description: description || title } : {}),
    inputSchema,
    ...(isOutputSchema(outputSchema) ? { outputSchema } : {}),
    ...annotationsOf(tool),
    ...(kind === 'LOCAL' ? { _meta: { [executedByKey]: 'agent' } } : {}),
  };
}

/** Revisions before 2026-07-28 know structured content that is an object only. */
export function isOutputSchema(schema: JsonSchema | null | undefined): schema is JsonSchema {
  return schema?.type === 'object';
}

function annotationsOf({ kind, annotations, method, hints }: ListedTool): Record<string, unknown> {
  if (annotations && Object.keys(annotations).length > 0) return { annotations };
  if (kind !== 'ENDPOINT' || method === undefined) return {};
  return { annotations: { ...hintsOf(method), ...hints } };
}

/** Safe and idempotent methods: RFC 9110, section 9.2; QUERY: RFC 10008. */
const safeMethods = ['GET', 'HEAD', 'OPTIONS', 'TRACE', 'QUERY'];
const idempotentMethods = ['PUT', 'DELETE'];

function hintsOf(method: string): Record<string, boolean> {
  if (safeMethods.includes(method)) return { readOnlyHint: true, openWorldHint: true };
  return {
    readOnlyHint: false,
    destructiveHint: method !== 'POST',
    idempotentHint: idempotentMethods.includes(method),
    openWorldHint: true,
  };
}
