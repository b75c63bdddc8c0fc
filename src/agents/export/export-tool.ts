import type { JsonSchema } from '../../openapi/types.js';
import { adaptSchema } from './adapt-schema.js';
import { type ExportFormat, type FormatRules, formatRules } from './export-formats.js';
import { type ListedTool, toMcpTool } from './to-mcp-tool.js';

/** A tool as a provider takes it, and what is not as it was; or why it is left out. */
export type ExportedTool =
  | { definition: Record<string, unknown>; notes: string[]; reason: null }
  | { definition: null; reason: string };

/** Writes one tool in a format, within the rules of its provider. Pure. */
export function exportTool(tool: ListedTool, format: ExportFormat): ExportedTool {
  const rules = formatRules[format];
  if (!rules.name.pattern.test(tool.name)) {
    const reason = `Its name is not one that ${rules.provider} takes: expected ${rules.name.words}.`;
    return { definition: null, reason };
  }
  const adapted = adaptSchema(tool.inputSchema, rules);
  if (adapted.schema === null) return { definition: null, reason: adapted.reason };
  const notes = [...adapted.notes];
  const description = describe(tool, rules, notes);
  return {
    definition: shapes[format]({ tool, description, schema: adapted.schema }),
    notes,
    reason: null,
  };
}

/** The value of a request's `tools`. */
export function toRequestTools(
  definitions: readonly Record<string, unknown>[],
  format: ExportFormat,
): Record<string, unknown>[] {
  if (format !== 'GEMINI') return [...definitions];
  return definitions.length > 0 ? [{ functionDeclarations: definitions }] : [];
}

type Parts = { tool: ListedTool; description: string | null; schema: JsonSchema };

const shapes: Record<ExportFormat, (parts: Parts) => Record<string, unknown>> = {
  OPENAI_CHAT: ({ tool: { name }, description, schema: parameters }) => ({
    type: 'function',
    function: { name, ...described(description), parameters },
  }),
  // Strict is the default there, and asks for a schema in which every property is required.
  OPENAI_RESPONSES: ({ tool: { name }, description, schema: parameters }) => ({
    type: 'function',
    ...{ name, ...described(description), parameters },
    strict: false,
  }),
  ANTHROPIC: ({ tool: { name }, description, schema }) => ({
    ...{ name, ...described(description) },
    input_schema: schema,
  }),
  GEMINI: ({ tool: { name }, description, schema }) => ({
    ...{ name, ...described(description) },
    parametersJsonSchema: schema,
  }),
  MCP: ({ tool, schema }) => toMcpTool({ ...tool, inputSchema: schema }),
};

function described(description: string | null) {
  return description === null ? {} : { description };
}

function describe(tool: ListedTool, rules: FormatRules, notes: string[]): string | null {
  const { name, description, title, summary, displayName } = tool;
  const text = description || title || summary || displayName || null;
  if (text === null) return rules.needsDescription ? name : null;
  const { maxDescription: max } = rules;
  if (max === null || text.length <= max) return text;
  notes.push(`The description is cut from ${text.length} to ${max} characters.`);
  const cut = text.slice(0, max - 1).replace(/[\uD800-\uDBFF]$/, '');
  return `${cut.replace(/\s+\S{0,40}$/, '')}…`;
}
