import { createLineIndex } from '../openapi/reading/line-index.js';
import { ProblemList, ReadRefusal } from '../openapi/reading/read-problem.js';
import { readYaml } from '../openapi/reading/read-yaml.js';
import { skillLimits } from './skill-limits.js';
import { skillRefusal } from './skill-refusal.js';

/** SKILL.md in its two parts; `fields` null: it has no front matter. */
export type FrontMatter = { fields: Record<string, unknown> | null; body: string };

const yamlLimits = { maxDepth: 10, maxExpansion: 2 };
/** A line of three dashes, and nothing else but blanks. */
const fence = /^---[ \t]*$/;

/**
 * Parts SKILL.md into the YAML between two lines of `---` at its very top (Agent Skills specification, "SKILL.md
 * format") and the text after it. Throws INVALID_INPUT, with the line, for YAML that cannot be read or is no mapping.
 */
export function readFrontMatter(text: string): FrontMatter {
  const lines = text.replace(/^\uFEFF/, '').split(/\r\n|\n|\r/);
  const start = lines.findIndex((line) => line.trim() !== '');
  if (start === -1 || !fence.test(lines[start] ?? '')) return { fields: null, body: text };
  const end = lines.findIndex((line, at) => at > start && fence.test(line));
  if (end === -1) {
    throw skillRefusal(
      `SKILL.md: the front matter that begins in line ${start + 1} has no end: expected a line "---".`,
    );
  }
  const yaml = lines.slice(start + 1, end).join('\n');
  const body = lines.slice(end + 1).join('\n');
  return { fields: readFields(yaml, start + 1), body };
}

function readFields(yaml: string, linesBefore: number): Record<string, unknown> {
  const { maxFrontMatterChars } = skillLimits;
  if (yaml.length > maxFrontMatterChars) {
    throw skillRefusal(
      `SKILL.md: the front matter is longer than ${maxFrontMatterChars} characters.`,
    );
  }
  const value = parse(yaml, linesBefore);
  if (value === null) return {};
  if (typeof value !== 'object' || Array.isArray(value)) {
    throw skillRefusal(
      'SKILL.md: the front matter is no mapping: expected lines such as "name: my-skill".',
    );
  }
  return value as Record<string, unknown>;
}

function parse(yaml: string, linesBefore: number): unknown {
  const problems = new ProblemList();
  try {
    return readYaml(yaml, yamlLimits, { lineAt: createLineIndex(yaml), problems }).value;
  } catch (error) {
    if (!(error instanceof ReadRefusal)) throw error;
    const { message, line } = error.problem;
    const place = line === null ? '' : ` (line ${line + linesBefore} of the file)`;
    const sentence = message.replace(/^The document/, 'it').replace(/\.$/, '');
    throw skillRefusal(`SKILL.md: the front matter cannot be read: ${sentence}${place}.`);
  }
}
