/** What PostgreSQL takes as text and inside JSON: without NUL, halves of surrogate pairs replaced by U+FFFD. */
export function storableText(text: string): string {
  return text.replaceAll('\0', '').toWellFormed();
}
