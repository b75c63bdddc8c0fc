const remembered = new Map<string, string>();
const maxRemembered = 20_000;

/**
 * What an English word has in common with its other forms, after M. F. Porter, "An algorithm for suffix stripping" (1980).
 * Words with other letters than a to z stay as they are.
 */
export function stemWord(word: string): string {
  if (word.length < 3 || !/^[a-z]+$/.test(word)) return word;
  const known = remembered.get(word);
  if (known !== undefined) return known;
  const stem = strip(word);
  if (remembered.size >= maxRemembered) remembered.clear();
  remembered.set(word, stem);
  return stem;
}

function strip(word: string): string {
  const present = toPresent(toSingular(word));
  const closed = /y$/.test(present) && hasVowel(present.slice(0, -1));
  const steps = [longSuffixes, shortSuffixes].reduce(
    (text, suffixes) => replaceSuffix(text, suffixes),
    closed ? `${present.slice(0, -1)}i` : present,
  );
  return dropEnd(dropSuffix(steps));
}

/** Step 1a. */
function toSingular(word: string): string {
  if (word.endsWith('sses') || word.endsWith('ies')) return word.slice(0, -2);
  return word.endsWith('s') && !word.endsWith('ss') ? word.slice(0, -1) : word;
}

/** Step 1b. */
function toPresent(word: string): string {
  if (word.endsWith('eed')) return measure(word.slice(0, -3)) > 0 ? word.slice(0, -1) : word;
  const stem = /^(.+?)(?:ed|ing)$/.exec(word)?.[1];
  if (stem === undefined || !hasVowel(stem)) return word;
  if (/(?:at|bl|iz)$/.test(stem)) return `${stem}e`;
  if (/([^aeioulsz])\1$/.test(stem)) return stem.slice(0, -1);
  return measure(stem) === 1 && endsShort(stem) ? `${stem}e` : stem;
}

/** Step 2. */
const longSuffixes: [string, string][] = [
  ['ational', 'ate'],
  ['tional', 'tion'],
  ['enci', 'ence'],
  ['anci', 'ance'],
  ['izer', 'ize'],
  ['abli', 'able'],
  ['alli', 'al'],
  ['entli', 'ent'],
  ['eli', 'e'],
  ['ousli', 'ous'],
  ['ization', 'ize'],
  ['ation', 'ate'],
  ['ator', 'ate'],
  ['alism', 'al'],
  ['iveness', 'ive'],
  ['fulness', 'ful'],
  ['ousness', 'ous'],
  ['aliti', 'al'],
  ['iviti', 'ive'],
  ['biliti', 'ble'],
];

/** Step 3. */
const shortSuffixes: [string, string][] = [
  ['icate', 'ic'],
  ['ative', ''],
  ['alize', 'al'],
  ['iciti', 'ic'],
  ['ical', 'ic'],
  ['ful', ''],
  ['ness', ''],
];

function replaceSuffix(word: string, suffixes: [string, string][]): string {
  const found = suffixes.find(([suffix]) => word.endsWith(suffix));
  if (!found) return word;
  const stem = word.slice(0, -found[0].length);
  return measure(stem) > 0 ? stem + found[1] : word;
}

/** Step 4. */
function dropSuffix(word: string): string {
  const suffix =
    /(?:ement|ance|ence|able|ible|ment|ant|ent|ism|ate|iti|ous|ive|ize|al|er|ic|ou)$/.exec(
      word,
    )?.[0] ?? /(?<=[st])ion$/.exec(word)?.[0];
  if (suffix === undefined) return word;
  const stem = word.slice(0, -suffix.length);
  return measure(stem) > 1 ? stem : word;
}

/** Step 5. */
function dropEnd(word: string): string {
  const stem = word.slice(0, -1);
  if (word.endsWith('e') && (measure(stem) > 1 || (measure(stem) === 1 && !endsShort(stem)))) {
    return stem;
  }
  return word.endsWith('ll') && measure(stem) > 1 ? stem : word;
}

/** How often consonants follow vowels. */
function measure(stem: string): number {
  return (stem.replace(/(?<=[^aeiou])y/g, 'i').match(/[aeiou][^aeiou]/g) ?? []).length;
}

function hasVowel(stem: string): boolean {
  return /[aeiou]/.test(stem) || /[^aeiou]y/.test(stem);
}

function endsShort(stem: string): boolean {
  return /[^aeiou][aeiouy][^aeiouwxy]$/.test(stem);
}
