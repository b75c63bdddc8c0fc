/** What `scanJsonMembers` found. `position` counts UTF-16 units from 0; line and column count from 1. */
export type JsonMembers =
  | { kind: 'members'; members: Map<string, string> }
  | { kind: 'stopped'; key: string }
  | { kind: 'not-an-object' }
  | { kind: 'invalid'; position: number; line: number; column: number; expected: string };

/** How many characters are read between two yields: about a millisecond. */
const sliceLength = 1 << 18;

/**
 * Reads a JSON object (RFC 8259) and gives every top-level member as compact JSON text, without building its values: white space between
 * tokens removed, strings as `JSON.stringify` writes them, the order of keys and the text of numbers kept. So a document inside a larger
 * body hashes by what was sent, where `JSON.parse` would move integer-like keys to the front and round numbers.
 * Of members with the same key the last counts, as in `JSON.parse`. Stops as soon as it meets a key of `stopAt`.
 * Takes linear time and yields now and then, so that a caller may let others run in between.
 */
export function* scanJsonMembers(
  text: string,
  { stopAt = [] }: { stopAt?: readonly string[] } = {},
): Generator<void, JsonMembers> {
  const cursor = new JsonCursor(text);
  try {
    return yield* scanObject(cursor, stopAt);
  } catch (error) {
    if (!(error instanceof Unexpected)) throw error;
    const before = text.slice(0, cursor.at);
    const line = before.split('\n').length;
    const column = cursor.at - before.lastIndexOf('\n');
    return { kind: 'invalid', position: cursor.at, line, column, expected: error.message };
  }
}

/** `scanJsonMembers` in one go. */
export function compactJsonMembers(
  text: string,
  options: { stopAt?: readonly string[] } = {},
): JsonMembers {
  const scan = scanJsonMembers(text, options);
  for (;;) {
    const step = scan.next();
    if (step.done) return step.value;
  }
}

class Unexpected extends Error {}

function* scanObject(cursor: JsonCursor, stopAt: readonly string[]): Generator<void, JsonMembers> {
  const members = new Map<string, string>();
  cursor.skipSpace();
  if (!cursor.take('{')) return { kind: 'not-an-object' };
  cursor.skipSpace();
  if (!cursor.take('}')) {
    do {
      const key = cursor.readKey();
      if (stopAt.includes(key)) return { kind: 'stopped', key };
      cursor.skipSpace();
      cursor.expect(':');
      cursor.skipSpace();
      members.set(key, yield* compactValue(cursor));
      cursor.skipSpace();
    } while (cursor.take(','));
    cursor.expect('}', '"," or "}"');
    cursor.skipSpace();
  }
  if (cursor.at < cursor.text.length) throw new Unexpected('the end of the text');
  return { kind: 'members', members };
}

function* compactValue(cursor: JsonCursor): Generator<void, string> {
  const open: ('}' | ']')[] = [];
  let nextYield = cursor.at + sliceLength;
  cursor.startOutput();
  for (;;) {
    const closer = cursor.openContainer();
    if (closer !== null) {
      cursor.skipSpace();
      if (!cursor.take(closer)) {
        open.push(closer);
        if (closer === '}') cursor.skipName();
        continue;
      }
    } else {
      cursor.skipScalar();
    }
    if (cursor.at > nextYield) {
      cursor.gatherOutput();
      nextYield = cursor.at + sliceLength;
      yield;
    }
    if (!closeFinished(cursor, open)) return cursor.takeOutput();
  }
}

/** After a value: closes what ends here. False when nothing is open any more, else the next value follows. */
function closeFinished(cursor: JsonCursor, open: ('}' | ']')[]): boolean {
  for (;;) {
    const closer = open.at(-1);
    if (closer === undefined) return false;
    cursor.skipSpace();
    if (cursor.take(',')) {
      cursor.skipSpace();
      if (closer === '}') cursor.skipName();
      return true;
    }
    cursor.expect(closer, `"," or "${closer}"`);
    open.pop();
  }
}

const quote = 0x22;
const backslash = 0x5c;
// Control characters may not stand in a string unescaped (RFC 8259 section 7).
const firstPrintable = 0x20;
const numberText = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const literals = ['true', 'false', 'null'];

/** A place in the text, and the compact text of what was passed since `startOutput`. */
class JsonCursor {
  at = 0;
  private copiedTo = 0;
  private pieces: string[] = [];
  private chunks: string[] = [];
  // A lone surrogate cannot come out of UTF-8, but JSON.stringify would escape it.
  private readonly isWellFormed: boolean;

  constructor(readonly text: string) {
    this.isWellFormed = text.isWellFormed();
  }

  startOutput(): void {
    this.pieces = [];
    this.chunks = [];
    this.copiedTo = this.at;
  }

  /** Joins the many small pieces so far, to spread the work. */
  gatherOutput(): void {
    this.chunks.push(this.pieces.join(''));
    this.pieces = [];
  }

  takeOutput(): string {
    this.copy(this.at);
    this.gatherOutput();
    return this.chunks.join('');
  }

  take(character: string): boolean {
    if (this.text.charCodeAt(this.at) !== character.charCodeAt(0)) return false;
    this.at += 1;
    return true;
  }

  expect(character: string, expected = `"${character}"`): void {
    if (!this.take(character)) throw new Unexpected(expected);
  }

  skipSpace(): void {
    const start = this.at;
    while (isSpace(this.text.charCodeAt(this.at))) this.at += 1;
    if (this.at > start) this.replace(start, '');
  }

  openContainer(): '}' | ']' | null {
    if (this.take('{')) return '}';
    return this.take('[') ? ']' : null;
  }

  /** `"name" :`, up to the start of the value. */
  skipName(): void {
    if (this.text.charCodeAt(this.at) !== quote)
      throw new Unexpected('a property name in double quotes');
    this.skipString();
    this.skipSpace();
    this.expect(':');
    this.skipSpace();
  }

  readKey(): string {
    this.skipSpace();
    const start = this.at;
    if (this.text.charCodeAt(start) !== quote)
      throw new Unexpected('a property name in double quotes');
    this.skipString();
    return JSON.parse(this.text.slice(start, this.at));
  }

  skipScalar(): void {
    if (this.text.charCodeAt(this.at) === quote) {
      this.skipString();
      return;
    }
    const literal = literals.find((name) => this.text.startsWith(name, this.at));
    if (literal !== undefined) {
      this.at += literal.length;
      return;
    }
    numberText.lastIndex = this.at;
    if (!numberText.test(this.text)) throw new Unexpected('a value');
    this.at = numberText.lastIndex;
  }

  private skipString(): void {
    const start = this.at;
    let hasEscapes = false;
    this.at += 1;
    for (;;) {
      let code = this.text.charCodeAt(this.at);
      while (code !== quote && code !== backslash && code >= firstPrintable) {
        this.at += 1;
        code = this.text.charCodeAt(this.at);
      }
      if (code !== backslash) break;
      hasEscapes = true;
      this.skipEscape();
    }
    this.expect('"', 'the end of a string');
    if (hasEscapes || !this.isWellFormed) {
      this.replace(start, JSON.stringify(JSON.parse(this.text.slice(start, this.at))));
    }
  }

  private skipEscape(): void {
    const next = this.text[this.at + 1] ?? '';
    const isUnicode =
      next === 'u' && /^[0-9a-fA-F]{4}$/.test(this.text.slice(this.at + 2, this.at + 6));
    if (!isUnicode && !'"\\/bfnrt'.includes(next || ' ')) throw new Unexpected('an escape of JSON');
    this.at += isUnicode ? 6 : 2;
  }

  private replace(start: number, replacement: string): void {
    this.copy(start);
    if (replacement !== '') this.pieces.push(replacement);
    this.copiedTo = this.at;
  }

  private copy(end: number): void {
    if (end > this.copiedTo) this.pieces.push(this.text.slice(this.copiedTo, end));
    this.copiedTo = end;
  }
}

function isSpace(code: number): boolean {
  return code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09;
}
