import { isObject } from '../openapi/plain-objects.js';
import type { JsonSchema } from '../openapi/types.js';
import type { SkillRow } from '../skills/skills.queries.js';
import type { DescribedTool } from './describe-tools.js';

export type Help = {
  query: string;
  /** Whether the tools have something to do with the question, or are just some of them. */
  isMatched: boolean;
  tools: readonly DescribedTool[];
  skills: readonly Pick<SkillRow, 'name' | 'description'>[];
  /** How many there are to choose from. */
  visible: number;
};

const maxLine = 300;

/** A list of tools with an example of a call each, and of skills. */
export function writeHelp({ query, isMatched, tools, skills, visible }: Help): string {
  if (visible === 0) {
    return 'You have no tools: none is assigned to this agent, or your token grants none.\n';
  }
  const question = cut(query);
  const head = isMatched
    ? `Tools for "${question}":`
    : `No tool has these words. Of your ${visible} tools, for example:`;
  const lines = tools.flatMap(({ tool, inputSchema }, index) => [
    '',
    `${index + 1}. ${tool.name}${tool.description ? ` — ${cut(tool.description)}` : ''}`,
    `   ${exampleOf(tool.name, inputSchema)}`,
  ]);
  const read = skills.map(({ name, description }) => `- ${name} — ${cut(description)}`);
  return [
    head,
    ...lines,
    ...(read.length > 0 ? ['', 'Skills (ati skill read NAME):', ...read] : []),
    '',
    'More: `ati tool info NAME` has the arguments, `ati tool search "WORDS"` finds others.',
    '',
  ].join('\n');
}

/** A call with every required argument, as a shell takes it. */
export function exampleOf(name: string, schema: JsonSchema | null): string {
  const required = Array.isArray(schema?.required) ? schema.required : [];
  const properties = isObject(schema?.properties) ? schema.properties : {};
  const options = required.flatMap((key) =>
    typeof key === 'string' ? [`--${key} ${placeholder(properties[key])}`] : [],
  );
  return ['ati run', name, ...options].join(' ');
}

function placeholder(schema: unknown): string {
  if (!isObject(schema)) return 'VALUE';
  const [first] = Array.isArray(schema.enum) ? schema.enum : [];
  if (typeof first === 'string' && /^[\w.-]+$/.test(first)) return first;
  const type = [schema.type].flat()[0];
  if (type === 'integer' || type === 'number') return '1';
  if (type === 'boolean') return 'true';
  if (type === 'array') return "'[…]'";
  return type === 'object' ? "'{…}'" : 'TEXT';
}

function cut(text: string): string {
  const line = text.replace(/[\p{Cc}\s]+/gu, ' ').trim();
  return line.length > maxLine ? `${line.slice(0, maxLine).toWellFormed()}…` : line;
}
