/** Steps over JSON text without building values. All functions take and return offsets into the text. */

/** The first offset at or after `at` that is not JSON white space (RFC 8259 section 2). */
export function skipSpace(text: string, at: number): number {
  let code = text.charCodeAt(at);
  while (code === 32 || code === 10 || code === 13 || code === 9) {
    at += 1;
    code = text.charCodeAt(at);
  }
  return at;
}

/** The offset of the quote that closes the string opened at `open`, or −1. */
export function closingQuote(text: string, open: number): number {
  let at = text.indexOf('"', open + 1);
  while (at !== -1 && text.charCodeAt(at - 1) === 92) {
    let slash = at - 1;
    while (slash > open && text.charCodeAt(slash) === 92) slash -= 1;
    if ((at - slash) % 2 === 1) return at;
    at = text.indexOf('"', at + 1);
  }
  return at;
}

/** The offset after the value that starts at `at`. The text must be valid JSON. */
export function skipValue(text: string, at: number): number {
  const first = text.charCodeAt(at);
  if (first === 34) return closingQuote(text, at) + 1;
  if (first !== 123 && first !== 91) return skipLiteral(text, at);
  let depth = 0;
  for (let i = at; i < text.length; i += 1) {
    const code = text.charCodeAt(i);
    // Most of what stands between strings is indentation.
    if (code <= 32) continue;
    if (code === 34) i = closingQuote(text, i);
    else if (code === 123 || code === 91) depth += 1;
    else if (code === 125 || code === 93) {
      depth -= 1;
      if (depth === 0) return i + 1;
    }
  }
  return text.length;
}

/** The offset after a number, `true`, `false` or `null`. */
export function skipLiteral(text: string, at: number): number {
  let end = at;
  for (let code = text.charCodeAt(end); !Number.isNaN(code); code = text.charCodeAt(end)) {
    const isInside =
      (code >= 97 && code <= 122) || (code >= 48 && code <= 57) || code === 43 || code === 45;
    if (!isInside && code !== 46 && code !== 69) break;
    end += 1;
  }
  return end;
}

/** The member names of all objects in the text, duplicates included. The text must be valid JSON. */
export function countKeys(text: string): number {
  let count = 0;
  for (let open = text.indexOf('"'); open !== -1; ) {
    const close = closingQuote(text, open);
    if (close === -1) break;
    const next = skipSpace(text, close + 1);
    if (text.charCodeAt(next) === 58) count += 1;
    open = text.indexOf('"', next);
  }
  return count;
}

/** Whether a text may hold more values than `max`: counts brackets and commas, also those in strings. */
export function hasMoreValues(text: string, max: number): boolean {
  let count = 1;
  for (let i = 0; i < text.length && count <= max; i += 1) {
    const code = text.charCodeAt(i);
    if (code === 44 || code === 91 || code === 123) count += 1;
  }
  return count > max;
}
