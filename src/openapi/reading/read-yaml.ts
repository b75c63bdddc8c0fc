import { EVENT_ID, type Event, parseEvents, YAMLException } from 'js-yaml';
import { buildYaml } from './build-yaml.js';
import { tooDeep } from './inspect-json.js';
import type { LineIndex } from './line-index.js';
import { type ProblemList, ReadRefusal, refusal } from './read-problem.js';

export type YamlLimits = { maxDepth: number; maxExpansion: number };

/** What was read, and the events of the whole stream, which say where in the text each part of it stands. */
export type YamlReading = { value: unknown; events: Event[] };

/** Below this many values a document is never refused for what its aliases expand to. */
const freeNodes = 10_000;

/**
 * Reads the first document of a YAML 1.2 stream that is not empty as plain data. Throws ReadRefusal, located, for text
 * that is not YAML and for documents past the limits.
 */
export function readYaml(
  text: string,
  limits: YamlLimits,
  context: { lineAt: LineIndex; problems: ProblemList },
): YamlReading {
  const events = parseYamlEvents(text, limits.maxDepth);
  const maxNodes = Math.max(freeNodes, limits.maxExpansion * events.length);
  const options = { text, maxDepth: limits.maxDepth, maxNodes, ...context };
  let value: unknown = null;
  let at = 0;
  while (at < events.length && value === null) {
    const built = buildYaml(events, at + 1, options);
    value = built.value;
    at = built.end;
  }
  warnOfFurtherDocuments(events, at, context);
  return { value, events };
}

function parseYamlEvents(text: string, maxDepth: number): Event[] {
  try {
    // The parser counts keys and scalars as a level of their own; `buildYaml` checks the exact depth.
    return parseEvents(text, { maxDepth: maxDepth + 2 });
  } catch (error) {
    if (error instanceof YAMLException) throw new ReadRefusal(syntaxProblem(error, maxDepth));
    throw error;
  }
}

function syntaxProblem(error: YAMLException, maxDepth: number) {
  const line = error.mark === undefined ? null : error.mark.line + 1;
  if (error.reason.startsWith('nesting exceeded')) return tooDeep(maxDepth, line);
  const place = error.mark === undefined ? '' : ` at line ${line}, column ${error.mark.column + 1}`;
  return refusal('SYNTAX_ERROR', `The document is not valid YAML${place}: ${error.reason}.`, line);
}

function warnOfFurtherDocuments(
  events: Event[],
  from: number,
  context: { lineAt: LineIndex; problems: ProblemList },
): void {
  const further = events.slice(from).filter((event) => event.type === EVENT_ID.DOCUMENT).length;
  if (further === 0) return;
  context.problems.warn(
    'FURTHER_DOCUMENTS',
    `The YAML stream goes on with ${further} more document(s) after the one that is read; they are ignored.`,
    '',
    null,
  );
}
