import { createHash } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import { isObject } from '../openapi/plain-objects.js';
import type { McpSkippedTool, McpToolDefinition } from '../upstream/mcp/mcp-sessions.js';
import { readToolSchema } from './read-tool-schema.js';
import type { ListedTool, ToolProblem, ToolSnapshot } from './tool-snapshot.js';

const maxToolChars = 1_000_000;
const maxNameChars = 256;
const toolsPerTurn = 100;

/**
 * A server's list, read: what is sound becomes a snapshot with its fingerprint, in the order of the list, and each
 * other tool a problem. One bad tool never sinks the list.
 */
export async function readTools(
  tools: readonly McpToolDefinition[],
  skipped: readonly McpSkippedTool[] = [],
): Promise<{ tools: ListedTool[]; problems: ToolProblem[] }> {
  const problems = skipped.map(({ name, reason }) => toProblem(name ?? '', reason));
  const listed = new Map<string, ListedTool>();
  for (const [index, tool] of tools.entries()) {
    // Others get a turn: a list can have thousands of tools.
    if (index % toolsPerTurn === toolsPerTurn - 1) await setImmediate();
    const read = readTool(tool);
    if ('problem' in read) problems.push(toProblem(tool.name, read.problem));
    else if (listed.has(tool.name)) problems.push(toProblem(tool.name, 'The list has it twice.'));
    else
      listed.set(tool.name, { snapshot: read.snapshot, fingerprint: fingerprintOf(read.snapshot) });
  }
  return { tools: [...listed.values()], problems };
}

/** SHA-256, hex, of all that a tool says of itself; the order of keys does not count. */
export function fingerprintOf(snapshot: ToolSnapshot): string {
  return createHash('sha256').update(canonical(snapshot)).digest('hex');
}

function readTool(tool: McpToolDefinition): { snapshot: ToolSnapshot } | { problem: string } {
  if (tool.name === '' || tool.name.length > maxNameChars) {
    return {
      problem: `Its name has ${tool.name.length} characters. Expected 1 to ${maxNameChars}.`,
    };
  }
  const text = stringify(tool);
  if (text === null) return { problem: 'It is nested too deeply.' };
  if (text.length > maxToolChars) {
    return { problem: `It is longer than ${maxToolChars} characters.` };
  }
  // PostgreSQL stores neither NUL nor half a character.
  if (/\\u(?:0000|d[89a-f])/i.test(text.replaceAll('\\\\', ''))) {
    return { problem: 'It has a NUL character or half a surrogate pair.' };
  }
  const input = readToolSchema(tool.inputSchema);
  if ('problem' in input) return { problem: `Its input schema ${input.problem}.` };
  const output = tool.outputSchema ? readToolSchema(tool.outputSchema) : null;
  if (output && 'problem' in output) return { problem: `Its output schema ${output.problem}.` };
  const annotations = isObject(tool.annotations) ? tool.annotations : {};
  const title = tool.title ?? annotations.title;
  return {
    snapshot: {
      name: tool.name,
      title: typeof title === 'string' ? title : null,
      description: typeof tool.description === 'string' ? tool.description : null,
      inputSchema: input.schema,
      outputSchema: output?.schema ?? null,
      annotations,
    },
  };
}

function stringify(tool: McpToolDefinition): string | null {
  try {
    return JSON.stringify(tool);
  } catch {
    return null;
  }
}

function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join()}]`;
  if (!isObject(value)) return JSON.stringify(value) ?? 'null';
  const members = Object.keys(value)
    .sort()
    .map((key) => `${JSON.stringify(key)}:${canonical(value[key])}`);
  return `{${members.join()}}`;
}

function toProblem(tool: string, message: string): ToolProblem {
  const clean = (text: string) => text.toWellFormed().replaceAll('\0', '\ufffd').slice(0, 500);
  return { tool: clean(tool), message: clean(message) };
}
