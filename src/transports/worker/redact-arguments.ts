import { redact } from '../../calls/redact.js';

const maxCharacters = 2000;

/**
 * Arguments as one line of an audit: JSON without secrets at any depth (what stands under the name of one, and what looks
 * like one) and without the given ones, of at most 2000 characters and a note of how many more there were. Never throws.
 */
export function auditText(value: unknown, secrets: readonly string[] = []): string {
  return truncate(toText(redact(value, secrets)));
}

/** Characters as people count them (code points): none is cut in half. */
export function truncate(text: string): string {
  if (text.length <= maxCharacters) return text;
  let count = 0;
  let end = 0;
  for (const character of text) {
    count += 1;
    if (count <= maxCharacters) end += character.length;
  }
  return count <= maxCharacters ? text : `${text.slice(0, end)}…[+${count - maxCharacters} chars]`;
}

function toText(value: unknown): string {
  try {
    return (JSON.stringify(value) ?? String(value)).toWellFormed();
  } catch {
    return String(value);
  }
}
