import { getOwn, isObject, setOwn } from '../openapi/plain-objects.js';
import type { JsonSchema } from '../openapi/types.js';
import { type CommandLine, readCommandLine } from './read-command-line.js';

/** Arguments as a command line made them. */
export type GivenArguments = {
  /** Any JSON: an object, or a list of words. What is neither counts as none. */
  args: unknown;
  /** The words as they were typed, where they were sent along. */
  rawArgs: readonly string[] | null;
};

export type FittedArguments = {
  arguments: Record<string, unknown>;
  /** Where the caller wants the answer as a file (`--out`); null: nowhere. */
  outputPath: string | null;
};

/**
 * Arguments as the tool's schema names them: keys match without regard to case, `-` and `_`; `--key=value`, and options
 * that clients keep for themselves (`--output`, `--format`), are read from the words; a value that was taken for JSON
 * where the schema has a text is the text again; a lone word goes to the only required property that is missing.
 * What fits nothing stays as it is: the check of the arguments says so.
 */
export function fitArguments(
  schema: JsonSchema,
  { args, rawArgs }: GivenArguments,
): FittedArguments {
  const properties = isObject(schema.properties) ? schema.properties : {};
  const findKey = keyFinder(Object.keys(properties));
  const words = Array.isArray(args) ? args.filter((word) => typeof word === 'string') : [];
  const line = readCommandLine([...words, ...(rawArgs ?? [])]);
  const fitted: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(isObject(args) ? args : {})) {
    if (key.includes('=') && value === true && !Object.hasOwn(properties, key)) continue;
    addOnce(fitted, findKey(key) ?? key, value, Object.hasOwn(properties, key));
  }
  const outputPath = takeOutputPath(fitted, line, findKey);
  for (const { key, text } of line.options) {
    const name = findKey(key);
    if (name !== null) addText(fitted, { name, schema: getOwn(properties, name), text, line });
    else if (text.isJoined) addOnce(fitted, key, parseValue(text.value), false);
  }
  addLoneWord(fitted, schema, properties, line);
  return { arguments: fitted, outputPath };
}

/** The property that a key means; null for none, and where several are alike. */
function keyFinder(names: readonly string[]): (key: string) => string | null {
  const exact = new Set(names);
  const alike = Map.groupBy(names, normal);
  return (key) => {
    if (exact.has(key)) return key;
    const found = alike.get(normal(key)) ?? [];
    return found.length === 1 ? (found[0] ?? null) : null;
  };
}

function normal(name: string): string {
  return name.toLowerCase().replace(/[-_]/g, '');
}

/** A key that is written as the schema has it wins over one that only means the same. */
function addOnce(
  target: Record<string, unknown>,
  key: string,
  value: unknown,
  isExact: boolean,
): void {
  if (isExact || !Object.hasOwn(target, key)) setOwn(target, key, value);
}

type Option = CommandLine['options'][number];

function addText(
  target: Record<string, unknown>,
  option: { name: string; schema: unknown; text: Option['text']; line: CommandLine },
): void {
  const { name, schema, text } = option;
  const isGiven = Object.hasOwn(target, name);
  if (text.value === null) {
    if (!isGiven) setOwn(target, name, true);
    return;
  }
  const wantsText = isText(schema);
  if (wantsText && (!isGiven || typeof getOwn(target, name) !== 'string')) {
    setOwn(target, name, text.value);
  } else if (!isGiven) setOwn(target, name, wantsText ? text.value : parseValue(text.value));
}

/** `--out` means a file unless the tool has such a property. */
function takeOutputPath(
  target: Record<string, unknown>,
  { options }: CommandLine,
  findKey: (key: string) => string | null,
): string | null {
  const out = options.find(({ key }) => key === 'out');
  const path = out?.text.value ?? null;
  if (path === null || path === '' || findKey('out') !== null) return null;
  delete target.out;
  return path;
}

function addLoneWord(
  target: Record<string, unknown>,
  { required }: JsonSchema,
  properties: Record<string, unknown>,
  { words }: CommandLine,
): void {
  const [word, ...others] = words;
  if (word === undefined || others.length > 0 || !Array.isArray(required)) return;
  const [name] = required.length === 1 ? required : [];
  if (typeof name !== 'string' || Object.hasOwn(target, name)) return;
  setOwn(target, name, isText(getOwn(properties, name)) ? word : parseValue(word));
}

/** Whether a property takes a text and nothing that JSON could be read as. */
function isText(schema: unknown): boolean {
  if (!isObject(schema)) return false;
  const types = [schema.type].flat();
  return types.includes('string') && types.every((type) => type === 'string' || type === 'null');
}

/** As the client reads values: JSON if it is some, else the text. */
function parseValue(text: string | null): unknown {
  if (text === null) return true;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
