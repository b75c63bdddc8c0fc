import { decodeText } from './reading/decode-text.js';
import { createLineIndex, type LineIndex } from './reading/line-index.js';
import { locateInJson } from './reading/locate-json.js';
import { locateInYaml } from './reading/locate-yaml.js';
import { jsonSyntaxProblem, readJson } from './reading/read-json.js';
import { ProblemList, ReadRefusal, refusal } from './reading/read-problem.js';
import { readYaml, type YamlReading } from './reading/read-yaml.js';
import type { SpecProblem } from './types.js';

export type ReadLimits = {
  /** Bytes of the body; for a string, of its UTF-8 form (estimated from its length). */
  maxBytes: number;
  /** Nested objects and arrays. */
  maxDepth: number;
  /** Values of a JSON document; a value costs up to 64 bytes of memory and as few as 2 bytes of text. */
  maxValues: number;
  /** How many times larger a YAML document may get when its aliases are written out. */
  maxExpansion: number;
};

export const defaultReadLimits: ReadLimits = {
  maxBytes: 64 * 1024 * 1024,
  maxDepth: 500,
  maxValues: 4_000_000,
  maxExpansion: 10,
};

export type ReadDocument = {
  /** Plain data: objects, arrays, strings, finite numbers, booleans, null. Undefined when nothing can be read. */
  document: unknown;
  /** Located; an ERROR only when `document` is undefined. */
  problems: SpecProblem[];
  /**
   * For each JSON pointer the 1-based line where its node starts, or its nearest ancestor that is written down. Null when
   * the text cannot be read or is a single line. Ask for all at once: each question may cost a pass over the text.
   */
  linesOf(pointers: readonly string[]): (number | null)[];
};

/**
 * Reads a JSON or YAML body, told apart by content. Never throws for bad data. The result holds no `__proto__` members
 * and no cycles, but subtrees that YAML aliases repeat are the same object: do not change it in place.
 */
export function readDocument(
  body: string | Uint8Array,
  limits: Partial<ReadLimits> = {},
): ReadDocument {
  const effective = { ...defaultReadLimits, ...limits };
  if (body.length > effective.maxBytes) {
    return refused(refusal('DOCUMENT_TOO_LARGE', tooLarge(body.length, effective.maxBytes)));
  }
  const { text, problem } = decodeText(body);
  if (text === null) return refused(problem);
  const lineAt = createLineIndex(text);
  try {
    const problems = new ProblemList();
    const { document, locate } = readText(text, effective, { lineAt, problems });
    if (typeof document !== 'object' || document === null) return refused(notAStructure(document));
    const linesOf: ReadDocument['linesOf'] = (pointers) =>
      isOneLine(text) ? pointers.map(() => null) : locate(pointers).map(lineAt);
    return { document, problems: located(problems.all(), linesOf), linesOf };
  } catch (error) {
    if (error instanceof ReadRefusal) return refused(error.problem);
    throw error;
  }
}

type Read = {
  document: unknown;
  /** The offset in the text of each JSON pointer. */
  locate(pointers: readonly string[]): number[];
};

function readText(
  text: string,
  limits: ReadLimits,
  context: { lineAt: LineIndex; problems: ProblemList },
): Read {
  const looksLikeJson = /^\s*[{[]/.test(text);
  const json = looksLikeJson ? readJson(text, limits, context) : null;
  if (json !== null) {
    return { document: json.value, locate: (pointers) => locateInJson(text, pointers) };
  }
  const isMeantAsJson = /^\s*(?:\{\s*["}]|\[)/.test(text);
  const yaml = isMeantAsJson
    ? readLenientJson(text, limits, context)
    : readYaml(text, limits, context);
  return {
    document: yaml.value,
    locate: (pointers) => locateInYaml(text, yaml.events, pointers),
  };
}

/** Most of what people write as JSON and is none (trailing commas, single quotes, comments) is a YAML flow mapping. */
function readLenientJson(
  text: string,
  limits: ReadLimits,
  context: { lineAt: LineIndex; problems: ProblemList },
): YamlReading {
  const strict = jsonSyntaxProblem(text, context.lineAt);
  try {
    const reading = readYaml(text, limits, context);
    const message = `${strict.message} It is read leniently.`;
    context.problems.warn('LENIENT_JSON', message, '', strict.line);
    return reading;
  } catch (error) {
    if (error instanceof ReadRefusal && error.problem.code === 'SYNTAX_ERROR') {
      throw new ReadRefusal(strict);
    }
    throw error;
  }
}

function isOneLine(text: string): boolean {
  return !/[\r\n]/.test(text.trimEnd());
}

/** Gives the problems that have a place but no line theirs. */
function located(problems: SpecProblem[], linesOf: ReadDocument['linesOf']): SpecProblem[] {
  const unlocated = problems.filter(({ line, pointer }) => line === null && pointer !== '');
  if (unlocated.length === 0) return problems;
  const lines = linesOf(unlocated.map(({ pointer }) => pointer));
  const lineOf = new Map(unlocated.map((problem, at) => [problem, lines[at] ?? null]));
  return problems.map((problem) => ({ ...problem, line: lineOf.get(problem) ?? problem.line }));
}

function refused(problem: SpecProblem): ReadDocument {
  return {
    document: undefined,
    problems: [problem],
    linesOf: (pointers) => pointers.map(() => null),
  };
}

function notAStructure(document: unknown): SpecProblem {
  const found = document === null ? 'null' : `a single ${typeof document}`;
  return refusal(
    'NOT_A_DOCUMENT',
    `The document is ${found}; expected an object with "openapi" or "swagger" in JSON or YAML.`,
    1,
  );
}

function tooLarge(bytes: number, maxBytes: number): string {
  return `The document has ${bytes} bytes; at most ${maxBytes} are read.`;
}
