import { findJsonError } from './find-json-error.js';
import { inspectJson, toPointer } from './inspect-json.js';
import { closingQuote, countKeys, hasMoreValues, skipSpace } from './json-scan.js';
import { columnOf, type LineIndex } from './line-index.js';
import { type ProblemList, quoteKey, ReadRefusal, refusal } from './read-problem.js';

type Context = { lineAt: LineIndex; problems: ProblemList };

/** `__proto__`, a NUL or half of a surrogate pair, written out or escaped; what it finds may also be harmless. */
const suspicious = /__proto__|\\u(?:00(?:00|5[fF]|6[0-9a-fA-F]|7[0-9a-fA-F])|[dD][89a-fA-F])/;

/** Reads strict JSON; null when the text is not. Throws ReadRefusal for documents past the limits. */
export function readJson(
  text: string,
  { maxDepth, maxValues }: { maxDepth: number; maxValues: number },
  context: Context,
): { value: unknown } | null {
  // A value takes two characters at least, so that ordinary documents are not searched.
  if (text.length > 2 * maxValues && hasMoreValues(text, maxValues)) {
    throw new ReadRefusal(refusal('TOO_MANY_VALUES', tooManyValues(maxValues)));
  }
  const value = parse(text);
  if (value === undefined) return null;
  const cleans = suspicious.test(text);
  const { keys } = inspectJson(value, { maxDepth, cleans, problems: context.problems });
  if (keys !== countKeys(text)) warnOfDuplicateKeys(text, context);
  return { value };
}

/** Where and why a text is not JSON. */
export function jsonSyntaxProblem(text: string, lineAt: LineIndex) {
  const error = findJsonError(text);
  if (error === null) return refusal('SYNTAX_ERROR', 'The document is not valid JSON.');
  const line = lineAt(error.offset);
  return refusal(
    'SYNTAX_ERROR',
    `The document is not valid JSON at line ${line}, column ${columnOf(text, error.offset)}: ${error.message}.`,
    line,
  );
}

function tooManyValues(maxValues: number): string {
  return `The document holds more than ${maxValues} values, which is more than is read.`;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Names the duplicates that JSON.parse passes over. The text is valid JSON within the depth limit. */
function warnOfDuplicateKeys(text: string, { lineAt, problems }: Context): void {
  const frames: { names: Set<string> | null; step: string | number }[] = [];
  for (let at = skipSpace(text, 0); at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    const top = frames.at(-1);
    if (code === 123) frames.push({ names: new Set(), step: '' });
    else if (code === 91) frames.push({ names: null, step: 0 });
    else if (code === 125 || code === 93) frames.pop();
    else if (code === 44 && typeof top?.step === 'number') top.step += 1;
    else if (code === 34) {
      const close = closingQuote(text, at);
      if (top !== undefined && top.names !== null && isName(text, close)) {
        const name = JSON.parse(text.slice(at, close + 1)) as string;
        top.step = name;
        if (top.names.has(name)) {
          const pointer = toPointer(frames.map((frame) => frame.step));
          const message = `The key ${quoteKey(name)} is given more than once; the last one counts.`;
          problems.warn('DUPLICATE_KEY', message, pointer, lineAt(at));
        }
        top.names.add(name);
      }
      at = close;
    }
  }
}

function isName(text: string, close: number): boolean {
  return text.charCodeAt(skipSpace(text, close + 1)) === 58;
}
