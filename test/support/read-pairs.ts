import type { ParameterStyle } from '../../src/openapi/types.js';

/** How a style reads its text back. Written apart from the code that makes requests, to hold against it. */
export type ReadOptions = {
  name: string;
  style: ParameterStyle;
  explode: boolean;
  /** Delimiters stand there unencoded. */
  isPlain?: boolean;
};

export type Pair = { name: string; value: string };

const separators: Partial<Record<ParameterStyle, string>> = {
  spaceDelimited: '%20',
  pipeDelimited: '%7C',
  tabDelimited: '%09',
};

export function splitPairs(text: string, separator: string): Pair[] {
  if (text === '') return [];
  return text.split(separator).map((piece) => {
    const at = piece.indexOf('=');
    return at < 0
      ? { name: piece, value: '' }
      : { name: piece.slice(0, at), value: piece.slice(at + 1) };
  });
}

export function decodeUrl(text: string): string {
  return decodeURIComponent(text.replaceAll('+', '%20'));
}

/**
 * Takes from `pairs` those of one parameter and reads them as something of the same make as `like`; texts at the leaves.
 * Undefined when there are none.
 */
export function readPairs(
  pairs: Pair[],
  like: unknown,
  { name, style, explode, isPlain = false }: ReadOptions,
  decode: (text: string) => string,
): unknown {
  const take = (wanted: (name: string) => boolean) => {
    const found = pairs.filter((pair) => wanted(decode(pair.name)));
    for (const pair of found) pairs.splice(pairs.indexOf(pair), 1);
    return found;
  };
  const isStructured = typeof like === 'object' && like !== null;
  if (style === 'deepObject' && isStructured) {
    const mine = take((key) => key.startsWith(`${name}[`));
    const texts = mine.map((pair) => ({ name: decode(pair.name), value: decode(pair.value) }));
    return mine.length === 0 ? undefined : readDeep(texts, name, like);
  }
  if (explode && isStructured && !Array.isArray(like)) {
    const keys = new Set(Object.keys(like));
    const found = take((key) => keys.has(key));
    if (found.length === 0) return undefined;
    return Object.fromEntries(found.map((pair) => [decode(pair.name), decode(pair.value)]));
  }
  const found = take((key) => key === name);
  if (found.length === 0) return undefined;
  if (explode && Array.isArray(like)) return found.map(({ value }) => decode(value));
  const [only = { value: '' }, ...others] = found;
  if (others.length > 0) throw new Error(`"${name}" stands more than once`);
  if (!isStructured) return decode(only.value);
  const separator = separators[style] ?? ',';
  const used = isPlain ? decodeURIComponent(separator) : separator;
  return readJoined(only.value, used, like, decode);
}

/** A list, or an object as keys and values in turn; JSON where a member is a list or an object. */
export function readJoined(
  text: string,
  separator: string,
  like: unknown,
  decode: (text: string) => string,
): unknown {
  if (Object.values(like ?? {}).some((member) => typeof member === 'object' && member !== null)) {
    return JSON.parse(decode(text));
  }
  const items = text.split(separator).map(decode);
  if (Array.isArray(like)) return items;
  const read: Record<string, string> = {};
  for (let at = 0; at < items.length; at += 2) read[items[at] ?? ''] = items[at + 1] ?? '';
  return read;
}

function readDeep(pairs: Pair[], path: string, like: unknown): unknown {
  if (Array.isArray(like)) {
    const items = like.filter((item) => item !== null);
    const isIndexed = items.some((item) => typeof item === 'object');
    return isIndexed
      ? items.map((item, index) => readDeep(pairs, `${path}[${index}]`, item))
      : pairs.filter(({ name }) => name === `${path}[]`).map(({ value }) => value);
  }
  if (typeof like === 'object' && like !== null) {
    const members = Object.entries(like).map(([key, member]) => [
      key,
      readDeep(pairs, `${path}[${key}]`, member),
    ]);
    return Object.fromEntries(members.filter(([, member]) => member !== undefined));
  }
  return pairs.find(({ name }) => name === path)?.value;
}
