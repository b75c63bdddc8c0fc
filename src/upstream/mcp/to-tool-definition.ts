import type { McpSkippedTool, McpToolDefinition } from './mcp-sessions.js';

const maxNameLength = 256;

type Skipped = { skipped: McpSkippedTool };

/**
 * One entry of a server's list, read leniently: what is not of the kind that the specification names is left out, and the
 * whole tool only where it has no name or its input schema is none of an object.
 */
export function toToolDefinition(entry: unknown): McpToolDefinition | Skipped {
  if (!isObject(entry)) return skip(null, 'Its definition is no object.');
  const { name, inputSchema } = entry;
  if (typeof name !== 'string' || name.trim() === '') return skip(null, 'It has no name.');
  if (name.length > maxNameLength) {
    const short = `${name.slice(0, 60)}…`;
    return skip(short, `Its name has more than ${maxNameLength} characters.`);
  }
  if (!isObject(inputSchema)) return skip(name, 'It has no input schema that is an object.');
  if (inputSchema.type !== undefined && inputSchema.type !== 'object') {
    const type = JSON.stringify(inputSchema.type).slice(0, 60);
    return skip(name, `Its input schema has the type ${type}, where "object" is expected.`);
  }
  return {
    name,
    ...(typeof entry.title === 'string' && { title: entry.title }),
    ...(typeof entry.description === 'string' && { description: entry.description }),
    inputSchema: inputSchema.type === undefined ? { type: 'object', ...inputSchema } : inputSchema,
    ...(isObject(entry.outputSchema) && { outputSchema: entry.outputSchema }),
    ...(isObject(entry.annotations) && { annotations: entry.annotations }),
  };
}

function skip(name: string | null, reason: string): Skipped {
  return { skipped: { name, reason } };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
