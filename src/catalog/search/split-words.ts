/** Longer words are cut: nobody types them, and the index has no place for them. */
const maxWordChars = 40;
const maxParts = 3;

// An acronym before a capitalised word, a capitalised or small word, other letters, digits.
const parts =
  /\p{Lu}+(?!\p{Ll})|\p{Lu}?\p{Ll}[\p{Ll}\p{M}]*|[\p{Lo}\p{Lm}\p{Lt}][\p{Lo}\p{Lm}\p{Lt}\p{M}]*|\p{N}+/gu;
const chunks = /[\p{L}\p{M}\p{N}]+/gu;

/**
 * The words of a text or an identifier, in small letters and without accents: `getUserByID`, `get_user_by_id` and
 * `get-user-by-id` have the same.
 */
export function splitWords(text: string): string[] {
  return chunksOf(text).flatMap(partsOf);
}

/** The same, and behind the parts of a chunk that may be one word all the same, `GitHub` or `oauth2`, the whole. */
export function splitWordsAndWholes(text: string): string[] {
  return chunksOf(text).flatMap((chunk) => {
    const found = partsOf(chunk);
    const isWord = found.length > 1 && found.length <= maxParts && chunk.length <= maxWordChars;
    return isWord ? [...found, toPlain(chunk)] : found;
  });
}

function chunksOf(text: string): string[] {
  return text.normalize('NFKC').match(chunks) ?? [];
}

function partsOf(chunk: string): string[] {
  return (chunk.match(parts) ?? []).map(toPlain).filter(Boolean);
}

function toPlain(word: string): string {
  const lower = word.toLowerCase();
  // Most words are plain already.
  const plain = /^[a-z0-9]+$/.test(lower) ? lower : lower.normalize('NFD').replace(/\p{M}/gu, '');
  return plain.length <= maxWordChars ? plain : [...plain].slice(0, maxWordChars).join('');
}
