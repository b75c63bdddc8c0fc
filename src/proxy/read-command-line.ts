/** What words of a command line say, read as the `ati` client reads them. */
export type CommandLine = {
  options: {
    key: string;
    /** `value` null: the option stands alone. `isJoined`: it was written `--key=value`. */
    text: { value: string | null; isJoined: boolean };
  }[];
  /** What belongs to no option. */
  words: string[];
};

/** Options of the client that take no value. */
const alone = new Set(['-J', '--json', '--verbose']);

/**
 * A word after `--key` is its value unless it begins with `--`; of an option that is given twice the last one counts.
 * Options of the client that stand alone are options without a value.
 */
export function readCommandLine(given: readonly string[]): CommandLine {
  const options = new Map<string, CommandLine['options'][number]>();
  const words: string[] = [];
  for (let at = 0; at < given.length; at += 1) {
    const word = given[at] ?? '';
    if (!word.startsWith('--') || word === '--') {
      if (!alone.has(word) && word !== '--') words.push(word);
      continue;
    }
    const equals = word.indexOf('=');
    const next = given[at + 1];
    if (equals > 0) {
      const key = word.slice(2, equals);
      options.set(key, { key, text: { value: word.slice(equals + 1), isJoined: true } });
    } else if (next === undefined || next.startsWith('--') || alone.has(word)) {
      const key = word.slice(2);
      if (!alone.has(word)) options.set(key, { key, text: { value: null, isJoined: false } });
    } else {
      options.set(word.slice(2), { key: word.slice(2), text: { value: next, isJoined: false } });
      at += 1;
    }
  }
  return { options: [...options.values()], words };
}
