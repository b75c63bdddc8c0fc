const maxLength = 200;

/**
 * What keeps a text from naming a tenant or an application, as the end of a sentence; null when nothing does.
 * A comma is refused because HTTP joins repeated headers with one.
 */
export function identityProblem(text: string): string | null {
  if (text === '') return 'must not be empty';
  if (text.length > maxLength)
    return `must have at most ${maxLength} characters, but has ${text.length}`;
  if (/\p{C}/u.test(text)) return 'must not contain control or invisible characters';
  if (text.includes(',')) return 'must not contain a comma';
  if (text.trim() !== text) return 'must not begin or end with white space';
  return null;
}
